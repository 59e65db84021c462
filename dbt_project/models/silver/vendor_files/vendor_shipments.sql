{{ config(unique_key='shipment_id', post_hook='{{ leave_quarantine() }}') }}

with

shipments as (
    {{ latest_version(
        ref('vendor_shipments__checked'),
        ['shipment_id'],
        again=['select shipment_id from ' ~ ref('vendor_shipments__quarantine')],
    ) }}
),

final as (
    select
        shipment_id,
        vendor_id,
        sku,
        warehouse_id,
        quantity,
        shipped_at,
        expected_at,
        received_at,
        received_at is not null as is_received,
        {{ loaded_at() }} as _loaded_at,
        _source,
        _load_id
    from shipments
    where {{ kept() }}
)

select * from final
