{#
  agg_daily_sales sums the lines of fact_sales that are neither canceled nor deleted: by day, country and category, with
  orders and customers counted once each.
#}

with

lines as (
    select * from {{ ref('fact_sales') }}
    where not is_canceled and not is_deleted
),

orders as (
    select
        order_date,
        country,
        category,
        order_id,
        max(customer_id) as customer_id,
        sum(1) as line_count,
        sum(quantity) as units,
        sum(gross_base) as gross_base,
        sum(net_base) as net_base,
        sum(case when is_returned then net_base else 0 end) as refunds_base,
        sum(margin_base) as margin_base,
        sum(case when cost_base is not null then net_base else 0 end) as costed_net_base
    from lines
    group by order_date, country, category, order_id
),

customers as (
    select
        order_date,
        country,
        category,
        customer_id,
        sum(1) as order_count,
        sum(line_count) as line_count,
        sum(units) as units,
        sum(gross_base) as gross_base,
        sum(net_base) as net_base,
        sum(refunds_base) as refunds_base,
        sum(margin_base) as margin_base,
        sum(costed_net_base) as costed_net_base
    from orders
    group by order_date, country, category, customer_id
),

facts as (
    select
        order_date,
        country,
        category,
        sum(1) as customer_count,
        sum(order_count) as order_count,
        sum(line_count) as line_count,
        sum(units) as units,
        sum(gross_base) as gross_base,
        sum(net_base) as net_base,
        sum(refunds_base) as refunds_base,
        sum(margin_base) as margin_base,
        sum(costed_net_base) as costed_net_base
    from customers
    group by order_date, country, category
)

select
    coalesce(facts.order_date, sums.order_date) as order_date,
    coalesce(facts.country, sums.country) as country,
    coalesce(facts.category, sums.category) as category
from facts
full outer join {{ ref('agg_daily_sales') }} as sums
    on
        facts.order_date = sums.order_date
        and facts.country = sums.country
        and facts.category = sums.category
where
    facts.customer_count is distinct from sums.customer_count
    or facts.order_count is distinct from sums.order_count
    or facts.line_count is distinct from sums.line_count
    or facts.units is distinct from sums.units
    or facts.gross_base is distinct from sums.gross_base
    or facts.net_base is distinct from sums.net_base
    or facts.refunds_base is distinct from sums.refunds_base
    or facts.margin_base is distinct from sums.margin_base
    or facts.costed_net_base is distinct from sums.costed_net_base
