{#
  All rows of customer_360, with `unknown`, spend what fact_sales nets and bring the MRR that kpi_daily has for today.
#}

with

customers as (
    select
        coalesce(cast(sum(net_spend_base) as decimal(18, 4)), 0) as net_spend_base,
        sum(order_count) as order_count,
        coalesce(cast(sum(monthly_recurring_base) as decimal(18, 4)), 0) as monthly_recurring_base
    from {{ ref('customer_360') }}
),

sales as (
    select
        coalesce(cast(sum(net_base) as decimal(18, 4)), 0) as net_base,
        count(distinct order_id) as order_count
    from {{ ref('fact_sales') }}
    where not is_canceled and not is_deleted
),

today as (
    select coalesce(cast(sum(value) as decimal(18, 4)), 0) as mrr
    from {{ ref('kpi_daily') }}
    where kpi = 'mrr' and kpi_date = {{ run_date() }}
)

select
    customers.net_spend_base,
    sales.net_base,
    customers.order_count,
    sales.order_count as sold_count,
    customers.monthly_recurring_base,
    today.mrr
from customers
cross join sales
cross join today
where
    customers.net_spend_base is distinct from sales.net_base
    or customers.order_count is distinct from sales.order_count
    or customers.monthly_recurring_base is distinct from today.mrr
