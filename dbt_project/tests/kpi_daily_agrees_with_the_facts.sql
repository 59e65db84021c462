{#
  Revenue and orders of kpi_daily are those of agg_daily_sales, and its MRR of today that of fact_subscriptions, but for
  the rounding of each subscription.
#}

with

this_month as (
    select month_start_date from {{ ref('dim_dates') }}
    where date_day = {{ run_date() }}
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
        sum(subscriptions.mrr_base) as mrr,
        count(*) as row_count
    from {{ ref('fact_subscriptions') }} as subscriptions
    inner join this_month on subscriptions.month = this_month.month_start_date
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
cross join subscribed
where
    days.kpi_date = {{ run_date() }}
    and abs(days.mrr - coalesce(subscribed.mrr, 0)) > 0.00005 * (1 + subscribed.row_count)
