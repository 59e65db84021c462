{{ config(unique_key='return_id') }}

with

final as (
    {{ quarantined(ref('vendor_returns__checked')) }}
)

select * from final
