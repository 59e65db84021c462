{{ config(severity='warn', meta={'tested_model': 'orders'}) }}

{# Warns of orders whose total differs by more than 0.01 from the sum of their lines. #}
{% set new_rows_or_all = tested_rows() %}

with

-- orders of which something is new
looked_at as (
    select order_id
    from {{ ref('orders') }}
    where {{ new_rows_or_all }}
    union
    select order_id
    from {{ ref('order_items') }}
    where {{ new_rows_or_all }}
),

totals as (
    select
        order_id,
        cast(sum(line_amount) as decimal(18, 2)) as lines_amount
    from {{ ref('order_items') }}
    where order_id in (select looked_at.order_id from looked_at)
    group by order_id
)

select
    orders.order_id,
    orders.total_amount,
    totals.lines_amount
from {{ ref('orders') }} as orders
inner join totals on orders.order_id = totals.order_id
where abs(orders.total_amount - totals.lines_amount) > 0.01
