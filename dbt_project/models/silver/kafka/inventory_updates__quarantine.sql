{{ config(unique_key='event_id') }}

with

final as (
    {{ quarantined(ref('inventory_updates__checked')) }}
)

select * from final
