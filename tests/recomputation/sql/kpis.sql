-- The metrics as the seed `kpis` defines them.
create table kpi_daily as
with days as (
    select unnest(generate_series((select min(order_date) from fact_sales), today(), interval 1 day))::date as day
),
sales as (
    select order_date as day, sum(net_base) as revenue, count(distinct order_id) as orders from sold group by all
),
web as (
    select
        day, count(distinct case
            when user_id in (select user_id from known_users) then ['user', user_id]
            when customer_id in (select customer_id from customers) then ['customer', customer_id]
        end) as active_users, count(distinct session_id) as sessions,
        count(distinct case when event_type = 'purchase' then session_id end) as buying
    from web_events group by all
),
signups as (select signup_date as day, count(*) as new_customers from customers group by all),
postings as (
    select
        f.posted_at::date as day,
        sum(case when transaction_type = 'charge' then in_base(amount, rate_to_base) end) as charged,
        sum(case when transaction_type in ('refund', 'chargeback') then in_base(amount, rate_to_base) else 0 end) as given_back
    from financial_transactions as f join fx_rates on fx_rates.ccy = f.currency and fx_rates.day = f.posted_at::date
    group by all
),
stock as (select day, count(*) filter (where closing_quantity <= 0) as stock_outs, count(closing_quantity) as counted from stock_daily group by all),
measured as (
    select
        day, coalesce(revenue, 0) as revenue, coalesce(orders, 0) as orders,
        quotient(revenue, orders, 4) as average_order_value, coalesce(active_users, 0) as active_users,
        quotient(buying, sessions, 4) as conversion, coalesce(new_customers, 0) as new_customers,
        coalesce(mrr_base, 0) as mrr, quotient(lost_count, before_count, 4) as churn_rate,
        quotient(given_back, charged, 4) as refund_rate, case when counted > 0 then stock_outs end as stock_outs
    from days
    left join sales using (day) left join web using (day) left join signups using (day) left join postings using (day)
    left join subscriptions_daily using (day) left join stock using (day)
)
select kpi, kpi_date, value
from (select day as kpi_date, columns(* exclude day)::decimal(18, 4) from measured)
unpivot include nulls (
    value for kpi in (
        revenue, orders, average_order_value, active_users, conversion, new_customers, mrr, churn_rate, refund_rate, stock_outs
    )
);
