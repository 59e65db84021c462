{{ config(materialized='ephemeral') }}

with

items as (
    select
        *,
        cast(line_number as bigint) as line,
        cast(quantity as bigint) as units,
        cast(unit_price as decimal(18, 2)) as price,
        coalesce(cast(discount_amount as decimal(18, 2)), 0) as discount
    from {{ source('bronze', 'snowflake__order_items') }}
),

final as (
    select
        order_id,
        line as line_number,
        product_id,
        units as quantity,
        price as unit_price,
        discount as discount_amount,
        cast(units * price - discount as decimal(18, 2)) as line_amount,
        updated_at,
        {{ broken_rules({
            'quantity_not_positive': 'coalesce(units, 0) <= 0',
            'no_product': 'product_id is null',
            'no_price': 'price is null',
        }) }} as broken_rules,
        {{ provenance() }}
    from items
)

select * from final
