{{ config(unique_key=['product_id', 'warehouse_id']) }}

with

inventory as (
    {{ latest_version(source('bronze', 'postgres__product_inventory'), ['product_id', 'warehouse_id']) }}
),

final as (
    select
        product_id,
        warehouse_id,
        {{ exact_cast('quantity_on_hand', 'bigint') }} as quantity_on_hand,
        {{ exact_cast('quantity_reserved', 'bigint') }} as quantity_reserved,
        {{ exact_cast('reorder_point', 'bigint') }} as reorder_point,
        updated_at,
        coalesce(_is_deleted, false) as is_deleted,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from inventory
)

select * from final
