{{ config(unique_key='product_id') }}

with

products as (
    {{ latest_version(source('bronze', 'snowflake__products'), ['product_id']) }}
),

checked as (
    select
        *,
        {{ exact_cast('list_price', 'decimal(18, 2)') }} as price
    from products
),

-- a product stays whatever its price: sales, returns and shipments know it by its key
final as (
    select
        product_id,
        sku,
        product_name,
        {{ title_case(trimmed('category')) }} as category,
        {{ trimmed('subcategory') }} as subcategory,
        brand,
        {{ null_if_broken('list_price', 'price') }} as list_price,
        list_price as list_price_received,
        currency,
        is_active,
        updated_at,
        _ingest_ts as _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from checked
)

select * from final
