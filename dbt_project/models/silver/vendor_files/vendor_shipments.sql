{{ config(unique_key='shipment_id') }}

with

validated as (
    {{ valid_rows(ref('vendor_shipments__validated')) }}
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
        is_received,
        _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from validated
)

select * from final
