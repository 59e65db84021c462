{{ config(materialized='ephemeral') }}

with

shipments as (
    select * from {{ source('bronze', 'vendor_files__shipments') }}
),

final as (
    select
        coalesce(shipment_id, _row_id) as shipment_id,
        vendor_id,
        sku,
        warehouse_id,
        cast(quantity as bigint) as quantity,
        shipped_at,
        expected_at,
        received_at,
        received_at is not null as is_received,
        {{ broken_rules({
            'no_shipment_id': 'shipment_id is null',
            'quantity_not_positive': 'coalesce(quantity, 0) <= 0',
            'received_before_shipped': 'received_at < shipped_at',
        }) }} as broken_rules,
        {{ provenance() }}
    from shipments
)

select * from final
