{{ config(unique_key='shipment_id') }}

with

final as (
    {{ quarantined(ref('vendor_shipments__checked')) }}
)

select * from final
