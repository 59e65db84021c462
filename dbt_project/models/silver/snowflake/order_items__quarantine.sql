{{ config(materialized='view') }}

with

validated as (
    select * from {{ ref('order_items__validated') }}
),

final as (
    select
        order_id,
        line_number,
        product_id,
        quantity,
        unit_price,
        discount_amount,
        updated_at,
        broken_rules,
        _loaded_at,
        _source,
        _load_id,
        _built_at
    from validated
    where broken_rules is not null
)

select * from final
