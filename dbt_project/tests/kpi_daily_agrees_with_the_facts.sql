{#
  Each metric of kpi_daily is what the facts say: lines summed by order, people and sessions listed once, subscriptions
  asked one by one. MRR and churn are compared on the last day of each month and today, the days that
  fact_subscriptions knows.
#}
{% set thirty_days_before = add_days('days.date_day', -30) %}

with

days as (
    select
        date_day,
        month_start_date
    from {{ ref('dim_dates') }}
    where
        date_day = {{ run_date() }}
        or (date_day < {{ run_date() }} and extract(day from {{ add_days('date_day', 1) }}) = 1)
),

bought as (
    select
        order_date,
        order_id,
        sum(net_base) as net_base
    from {{ ref('fact_sales') }}
    where not is_canceled and not is_deleted
    group by order_date, order_id
),

sales as (
    select
        order_date,
        sum(net_base) as revenue,
        sum(1) as order_count
    from bought
    group by order_date
),

-- users that silver knows, and customers that silver knows where an event names no such user
active as (
    select distinct
        events.event_date,
        users.user_id,
        case when users.user_id is null then customers.customer_id end as customer_id
    from {{ ref('fact_user_events') }} as events
    left join {{ ref('users') }} as users on events.user_id = users.user_id
    left join {{ ref('customers') }} as customers on events.customer_id = customers.customer_id
    where users.user_id is not null or customers.customer_id is not null
),

visits as (
    select
        event_date,
        session_id,
        max(case when event_type = 'purchase' then 1 else 0 end) as has_bought
    from {{ ref('fact_user_events') }}
    where session_id is not null
    group by event_date, session_id
),

sessions as (
    select
        event_date,
        sum(1) as session_count,
        sum(has_bought) as buying_count
    from visits
    group by event_date
),

terms as (
    select
        cast(begins_at as date) as begins_date,
        case when is_start then cast(begins_at as date) end as won_date,
        case when is_end then cast(ends_at as date) end as lost_date
    from {{ ref('subscription_terms') }}
),

-- which subscriptions had begun and ended by the day 30 days earlier, and which ended since
churned as (
    select
        days.date_day,
        count(case when terms.won_date <= {{ thirty_days_before }} then 1 end)
        - count(case when terms.lost_date <= {{ thirty_days_before }} then 1 end) as before_count,
        count(case
            when terms.lost_date > {{ thirty_days_before }} and terms.lost_date <= days.date_day then 1
        end) as lost_count
    from days
    inner join terms on days.date_day >= terms.begins_date
    group by days.date_day
),

postings as (
    select
        cast(posted_at as date) as posted_date,
        sum(case when transaction_type = 'charge' then amount_base else 0 end) as charged_base,
        -sum(case when transaction_type in ('refund', 'chargeback') then amount_base else 0 end) as refunded_base
    from {{ ref('financial_transactions') }}
    group by cast(posted_at as date)
),

facts as (
    select
        'revenue' as kpi,
        order_date as kpi_date,
        cast(revenue as decimal(18, 4)) as value
    from sales
    union all
    select
        'orders' as kpi,
        order_date as kpi_date,
        cast(order_count as decimal(18, 4)) as value
    from sales
    union all
    select
        'average_order_value' as kpi,
        order_date as kpi_date,
        {{ divide('revenue', 'order_count', 4) }} as value
    from sales
    union all
    select
        'active_users' as kpi,
        event_date as kpi_date,
        cast(sum(1) as decimal(18, 4)) as value
    from active
    group by event_date
    union all
    select
        'conversion' as kpi,
        event_date as kpi_date,
        {{ divide('buying_count', 'session_count', 4) }} as value
    from sessions
    union all
    select
        'new_customers' as kpi,
        signup_date as kpi_date,
        cast(sum(1) as decimal(18, 4)) as value
    from {{ ref('dim_customers') }}
    where is_current and customer_key <> 'unknown'
    group by signup_date
    union all
    select
        'mrr' as kpi,
        days.date_day as kpi_date,
        cast(coalesce(sum(subscriptions.mrr_base), 0) as decimal(18, 4)) as value
    from days
    left join {{ ref('fact_subscriptions') }} as subscriptions on days.month_start_date = subscriptions.month
    group by days.date_day
    union all
    select
        'churn_rate' as kpi,
        date_day as kpi_date,
        {{ divide('lost_count', 'before_count', 4) }} as value
    from churned
    union all
    select
        'refund_rate' as kpi,
        posted_date as kpi_date,
        {{ divide('refunded_base', 'charged_base', 4) }} as value
    from postings
    union all
    select
        'stock_outs' as kpi,
        snapshot_date as kpi_date,
        cast(sum(case when closing_quantity <= 0 then 1 else 0 end) as decimal(18, 4)) as value
    from {{ ref('fact_inventory') }}
    group by snapshot_date
),

-- what the facts say nothing of is 0 for what counts, and NULL for what divides
compared as (
    select
        kpi_daily.kpi,
        kpi_daily.kpi_date,
        kpi_daily.value,
        case
            when kpi_daily.kpi in ('revenue', 'orders', 'active_users', 'new_customers') then coalesce(facts.value, 0)
            else facts.value
        end as value_of_facts
    from {{ ref('kpi_daily') }} as kpi_daily
    left join facts
        on
            kpi_daily.kpi = facts.kpi
            and kpi_daily.kpi_date = facts.kpi_date
    where
        kpi_daily.kpi not in ('mrr', 'churn_rate')
        or kpi_daily.kpi_date in (select days.date_day from days)
)

select * from compared
where value is distinct from value_of_facts
