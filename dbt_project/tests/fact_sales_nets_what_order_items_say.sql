{{ config(meta={'tested_model': 'fact_sales'}) }}

{# Order by order, net of fact_sales equals the lines of silver.order_items; canceled orders are left out. #}
{% set new_rows_or_all = tested_rows() %}

with

sold as (
    select
        order_id,
        sum(net_amount) as net_amount,
        count(*) as line_count
    from {{ ref('fact_sales') }}
    where not is_canceled and {{ new_rows_or_all }}
    group by order_id
),

lines as (
    select
        order_items.order_id,
        sum(order_items.line_amount) as net_amount,
        count(*) as line_count
    from {{ ref('order_items') }} as order_items
    inner join {{ ref('orders') }} as orders on order_items.order_id = orders.order_id
    where orders.status <> 'canceled' and {{ new_rows_or_all }}
    group by order_items.order_id
)

select
    coalesce(sold.order_id, lines.order_id) as order_id,
    sold.net_amount as sold_amount,
    lines.net_amount as lines_amount
from sold
full outer join lines on sold.order_id = lines.order_id
where
    sold.net_amount is distinct from lines.net_amount
    or sold.line_count is distinct from lines.line_count
