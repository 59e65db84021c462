{{ config(unique_key='shipment_id') }}

with

shipments as (
    {{ latest_version(
        ref('vendor_shipments__checked'),
        ['shipment_id'],
        model=quarantined_model(),
        again=['select shipment_id from ' ~ this],
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
        broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from shipments
    where broken_rules is not null
)

select * from final
