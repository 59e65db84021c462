{{ config(unique_key='product_id', post_hook='{{ leave_quarantine() }}') }}

with

products as (
    {{ latest_version(
        ref('products__checked'),
        ['product_id'],
        again=['select product_id from ' ~ ref('products__quarantine')],
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
        {{ loaded_at() }} as _loaded_at,
        _source,
        _load_id
    from products
    where {{ kept() }}
)

select * from final
