{{ config(materialized='ephemeral') }}

with

products as (
    select * from {{ source('bronze', 'snowflake__products') }}
),

final as (
    select
        product_id,
        sku,
        product_name,
        {{ title_case(trimmed('category')) }} as category,
        {{ trimmed('subcategory') }} as subcategory,
        brand,
        cast(list_price as decimal(18, 2)) as list_price,
        currency,
        is_active,
        updated_at,
        {{ broken_rules({'negative_list_price': 'list_price < 0'}) }} as broken_rules,
        {{ provenance() }}
    from products
)

select * from final
