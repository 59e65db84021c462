{{ config(unique_key='product_id') }}

with

products as (
    {{ latest_version(
        ref('products__checked'),
        ['product_id'],
        model=quarantined_model(),
        again=['select product_id from ' ~ this],
    ) }}
),

final as (
    select
        product_id,
        sku,
        product_name,
        category,
        subcategory,
        brand,
        list_price,
        currency,
        is_active,
        updated_at,
        broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from products
    where broken_rules is not null
)

select * from final
