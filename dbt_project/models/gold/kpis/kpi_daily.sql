{{ config(unique_key=['kpi', 'kpi_date']) }}

{% set kpis = [
    'revenue', 'orders', 'average_order_value', 'active_users', 'conversion',
    'new_customers', 'mrr', 'churn_rate', 'refund_rate', 'stock_outs',
] %}

with

-- from the first sale to today
days as (
    select date_day
    from {{ ref('dim_dates') }}
    where
        date_day >= (select min(fact_sales.order_date) from {{ ref('fact_sales') }} as fact_sales)
        and date_day <= {{ run_date() }}
),

sales as (
    select
        order_date,
        cast(sum(net_base) as decimal(18, 4)) as revenue,
        count(distinct order_id) as order_count
    from {{ ref('fact_sales') }}
    where not is_canceled and not is_deleted
    group by order_date
),

-- a customer whose user is known counts as the user; who is in neither table is nobody
web as (
    select
        events.event_date,
        count(distinct users.user_id)
        + count(distinct case when users.user_id is null then customers.customer_id end) as user_count,
        count(distinct events.session_id) as session_count,
        count(distinct case when events.event_type = 'purchase' then events.session_id end) as buying_count
    from {{ ref('fact_user_events') }} as events
    left join {{ ref('users') }} as users on events.user_id = users.user_id
    left join {{ ref('customers') }} as customers on events.customer_id = customers.customer_id
    group by events.event_date
),

signups as (
    select
        signup_date,
        count(*) as customer_count
    from {{ ref('customers') }}
    group by signup_date
),

postings as (
    select
        cast(posted_at as date) as posted_date,
        sum(case when transaction_type = 'charge' then amount_base else 0 end) as charged_base,
        sum(case when transaction_type in ('refund', 'chargeback') then -amount_base else 0 end) as refunded_base
    from {{ ref('financial_transactions') }}
    group by cast(posted_at as date)
),

subscriptions as (
    select * from {{ ref('subscriptions_daily') }}
),

stock as (
    select
        snapshot_date,
        sum(case when is_out_of_stock then 1 else 0 end) as empty_count
    from {{ ref('fact_inventory') }}
    group by snapshot_date
),

measured as (
    select
        days.date_day,
        coalesce(sales.revenue, 0) as revenue,
        coalesce(sales.order_count, 0) as orders,
        {{ divide('sales.revenue', 'sales.order_count', 4) }} as average_order_value,
        coalesce(web.user_count, 0) as active_users,
        {{ divide('web.buying_count', 'web.session_count', 4) }} as conversion,
        coalesce(signups.customer_count, 0) as new_customers,
        coalesce(subscriptions.mrr_base, 0) as mrr,
        {{ divide('subscriptions.lost_count', 'subscriptions.before_count', 4) }} as churn_rate,
        {{ divide('postings.refunded_base', 'postings.charged_base', 4) }} as refund_rate,
        stock.empty_count as stock_outs
    from days
    left join sales on days.date_day = sales.order_date
    left join web on days.date_day = web.event_date
    left join signups on days.date_day = signups.signup_date
    left join subscriptions on days.date_day = subscriptions.date_day
    left join postings on days.date_day = postings.posted_date
    left join stock on days.date_day = stock.snapshot_date
),

-- a row for each day and metric
final as (
    select
        kpis.kpi,
        measured.date_day as kpi_date,
        case kpis.kpi
            {% for kpi in kpis %}
            when '{{ kpi }}' then cast(measured.{{ kpi }} as decimal(18, 4))
            {% endfor %}
        end as value
    from measured
    cross join {{ ref('kpis') }} as kpis
)

select * from final
