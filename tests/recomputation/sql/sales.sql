create table fact_sales as
with lines as (
    select
        sound_orders.*, sound_lines.* exclude (order_id),
        (sound_lines.quantity * sound_lines.unit_price)::decimal(18, 2) as gross_amount,
        coalesce(dim_customers.customer_key, 'unknown') as customer_key, coalesce(dim_customers.country, 'unknown') as country,
        coalesce(dim_products.product_key, 'unknown') as product_key, coalesce(dim_products.category, 'unknown') as category,
        dim_products.sku
    from sound_lines
    join sound_orders using (order_id)
    left join dim_customers
        on dim_customers.customer_id = sound_orders.customer_id and sound_orders.order_date >= dim_customers.first_day
        and sound_orders.order_date < coalesce(dim_customers.next_day, date '9999-12-31')
    left join dim_products
        on dim_products.product_id = sound_lines.product_id and sound_orders.order_date >= dim_products.first_day
        and sound_orders.order_date < coalesce(dim_products.next_day, date '9999-12-31')
),
costed as (
    select lines.*, (lines.gross_amount - lines.discount_amount)::decimal(18, 2) as net_amount, unit_costs.unit_cost_base
    from lines asof left join unit_costs on lines.sku = unit_costs.sku and lines.order_date >= unit_costs.valid_from
)
select
    order_id, line_number, order_date, customer_key, product_key, customer_id, product_id, sku, country, category,
    status as order_status, payment_method, status = 'canceled' as is_canceled, is_deleted,
    exists (select 1 from came_back where came_back.order_id = costed.order_id and came_back.sku = costed.sku) as is_returned,
    currency, rate_to_base, quantity, unit_price, gross_amount, discount_amount, net_amount,
    in_base(gross_amount, rate_to_base) as gross_base, in_base(discount_amount, rate_to_base) as discount_base,
    in_base(net_amount, rate_to_base) as net_base, unit_cost_base,
    (quantity * unit_cost_base)::decimal(18, 4) as cost_base,
    (in_base(net_amount, rate_to_base) - (quantity * unit_cost_base)::decimal(18, 4))::decimal(18, 4) as margin_base,
    date_trunc('month', order_date)::date as month
from costed;

create table sold as select * from fact_sales where not is_canceled and not is_deleted;

create macro sums_of(day) as table
select
    day as day, country, category, count(*) as line_count, count(distinct order_id) as order_count,
    count(distinct customer_id) as customer_count, sum(quantity)::bigint as units,
    sum(gross_base)::decimal(18, 4) as gross_base, sum(net_base)::decimal(18, 4) as net_base,
    sum(margin_base)::decimal(18, 4) as margin_base,
    coalesce(sum(net_base) filter (where unit_cost_base is not null), 0)::decimal(18, 4) as costed_net_base,
    sum(case when is_returned then net_base else 0 end)::decimal(18, 4) as refunds_base
from sold group by all;

create table agg_daily_sales as select day as order_date, * exclude (day) from sums_of(order_date);
create table agg_monthly_sales as select day as month, * exclude (day) from sums_of(month);
