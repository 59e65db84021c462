{{ config(materialized='ephemeral') }}

with

items as (
    select
        *,
        cast(line_number as bigint) as line,
        {{ exact_cast('quantity', 'bigint') }} as units,
        {{ exact_cast('unit_price', 'decimal(18, 2)') }} as price,
        {{ exact_cast('coalesce(discount_amount, 0)', 'decimal(18, 2)') }} as discount
    from {{ source('bronze', 'snowflake__order_items') }}
),

multiplied as (
    select
        *,
        {{ exact_cast('units * price', 'decimal(18, 2)') }} as gross
    from items
),

final as (
    select
        order_id,
        line as line_number,
        product_id,
        units as quantity,
        price as unit_price,
        discount as discount_amount,
        {{ exact_cast('gross - discount', 'decimal(18, 2)') }} as line_amount,
        updated_at,
        {{ broken_rules({
            'quantity_not_positive': 'coalesce(quantity, 0) <= 0',
            'no_product': 'product_id is null',
            'no_price': 'unit_price is null',
            'number_not_exact': 'quantity is not null and units is null or unit_price is not null and price is null'
                ~ ' or discount is null or units is not null and price is not null and gross is null',
            'negative_price': 'unit_price < 0',
            'negative_discount': 'discount_amount < 0',
            'discount_above_price': 'units > 0 and price >= 0 and discount > gross',
        }) }} as broken_rules,
        {{ provenance() }}
    from multiplied
)

select * from final
