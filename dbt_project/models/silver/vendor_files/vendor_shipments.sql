{{ config(unique_key='shipment_id', post_hook='{{ leave_quarantine() }}') }}

with

final as (
    {{ sound(ref('vendor_shipments__checked')) }}
)

select * from final
