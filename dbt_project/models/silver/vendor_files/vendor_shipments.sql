{{ config(unique_key='shipment_id') }}

with

shipments as (
    {{ latest_version(source('bronze', 'vendor_files__shipments'), ['shipment_id']) }}
),

final as (
    select
        shipment_id,
        vendor_id,
        sku,
        warehouse_id,
        cast(quantity as bigint) as quantity,
        shipped_at,
        expected_at,
        received_at,
        received_at is not null as is_received,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from shipments
)

select * from final
