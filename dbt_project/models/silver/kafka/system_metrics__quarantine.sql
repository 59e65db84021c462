{{ config(unique_key='event_id') }}

with

final as (
    {{ quarantined(ref('system_metrics__checked')) }}
)

select * from final
