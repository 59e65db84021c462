{{ config(unique_key=['product_id', 'warehouse_id', 'counted_at']) }}

with

counts as (
    {{ latest_version(
        source('bronze', 'postgres__product_inventory'),
        ['product_id', 'warehouse_id', 'updated_at'],
    ) }}
),

final as (
    select
        product_id,
        warehouse_id,
        updated_at as counted_at,
        cast(updated_at as date) as count_date,
        {{ exact_cast('quantity_on_hand', 'bigint') }} as quantity_on_hand,
        {{ exact_cast('quantity_reserved', 'bigint') }} as quantity_reserved,
        coalesce(_is_deleted, false) as is_deleted,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from counts
)

select * from final
