{#
  Month by month, country and category, agg_monthly_sales sums agg_daily_sales. Customers who bought on several days
  count once: a month has no more than its days' sum, and no fewer than its best day.
#}

with

days as (
    select
        dim_dates.month_start_date as month,
        daily.country,
        daily.category,
        sum(daily.order_count) as order_count,
        sum(daily.customer_count) as customer_days,
        max(daily.customer_count) as best_day,
        sum(daily.units) as units,
        sum(daily.gross_base) as gross_base,
        sum(daily.net_base) as net_base,
        sum(daily.margin_base) as margin_base,
        sum(daily.costed_net_base) as costed_net_base,
        sum(daily.refunds_base) as refunds_base
    from {{ ref('agg_daily_sales') }} as daily
    inner join {{ ref('dim_dates') }} as dim_dates on daily.order_date = dim_dates.date_day
    group by dim_dates.month_start_date, daily.country, daily.category
)

select
    coalesce(days.month, months.month) as month,
    coalesce(days.country, months.country) as country,
    coalesce(days.category, months.category) as category
from days
full outer join {{ ref('agg_monthly_sales') }} as months
    on
        days.month = months.month
        and days.country = months.country
        and days.category = months.category
where
    days.order_count is distinct from months.order_count
    or days.units is distinct from months.units
    or days.gross_base is distinct from months.gross_base
    or days.net_base is distinct from months.net_base
    or days.margin_base is distinct from months.margin_base
    or days.costed_net_base is distinct from months.costed_net_base
    or days.refunds_base is distinct from months.refunds_base
    or months.customer_count > days.customer_days
    or months.customer_count < days.best_day
