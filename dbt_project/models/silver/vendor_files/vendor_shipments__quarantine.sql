{{ config(materialized='view') }}

with

validated as (
    select * from {{ ref('vendor_shipments__validated') }}
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
        _loaded_at,
        _source,
        _load_id
    from validated
    where broken_rules is not null
)

select * from final
