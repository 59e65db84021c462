{#
  Revenue of kpi_daily is that of agg_daily_sales, and its MRR on each month's last day (today in the running month)
  that of fact_subscriptions, to the last digit.
#}

with

ends as (
    select
        month_start_date as month,
        least(max(date_day), {{ run_date() }}) as last_day
    from {{ ref('dim_dates') }}
    where month_start_date <= {{ run_date() }}
    group by month_start_date
),

days as (
    select
        kpi_date,
        max(case when kpi = 'revenue' then value end) as revenue,
        max(case when kpi = 'mrr' then value end) as mrr
    from {{ ref('kpi_daily') }}
    group by kpi_date
),

sold as (
    select
        order_date,
        sum(net_base) as revenue
    from {{ ref('agg_daily_sales') }}
    group by order_date
),

subscribed as (
    select
        month,
        sum(mrr_base) as mrr
    from {{ ref('fact_subscriptions') }}
    group by month
)

select
    days.kpi_date,
    'revenue' as kpi
from days
full outer join sold on days.kpi_date = sold.order_date
where coalesce(days.revenue, 0) <> coalesce(sold.revenue, 0)
union all
select
    days.kpi_date,
    'mrr' as kpi
from days
inner join ends on days.kpi_date = ends.last_day
left join subscribed on ends.month = subscribed.month
where days.mrr is distinct from coalesce(subscribed.mrr, 0)
