{{ config(unique_key='customer_id') }}

{% set quiet_days = 30 %}

with

known as (
    select * from {{ ref('customers') }}
),

{% set profile = ['customer_name', 'email', 'country', 'region', 'segment'] %}
customers as (
    select customer_id, {{ profile | join(', ') }}, signup_date, is_deleted
    from known
    union all
    -- what belongs to no known customer, so that sums are those of the facts
    select
        'unknown' as customer_id,
        'Unknown' as customer_name,
        {% for name in profile[1:] -%}
        cast(null as {{ dbt.type_string() }}) as {{ name }},
        {% endfor -%}
        cast(null as date) as signup_date,
        false as is_deleted
),

accounts as (
    select
        accounts.id,
        accounts.is_deleted,
        coalesce(known.customer_id, 'unknown') as customer_id
    from {{ ref('accounts') }} as accounts
    left join known on accounts.customer_id = known.customer_id
),

users as (
    select
        users.user_id,
        coalesce(known.customer_id, 'unknown') as customer_id
    from {{ ref('users') }} as users
    left join known on users.customer_id = known.customer_id
),

profiles as (
    select
        customer_id,
        account_id,
        account_name,
        industry,
        user_id
    from {{ ref('dim_customers') }}
    where is_current
),

contacts as (
    select
        coalesce(accounts.customer_id, 'unknown') as customer_id,
        count(*) as contact_count
    from {{ ref('contacts') }} as contacts
    left join accounts on contacts.account_id = accounts.id
    where not contacts.is_deleted and not coalesce(accounts.is_deleted, false)
    group by coalesce(accounts.customer_id, 'unknown')
),

pipeline as (
    select
        coalesce(accounts.customer_id, 'unknown') as customer_id,
        count(*) as open_opportunity_count,
        cast(sum(opportunities.amount_base) as decimal(18, 4)) as open_pipeline_base
    from {{ ref('opportunities') }} as opportunities
    left join accounts on opportunities.account_id = accounts.id
    where not opportunities.is_closed and not opportunities.is_deleted and not coalesce(accounts.is_deleted, false)
    group by coalesce(accounts.customer_id, 'unknown')
),

buyers as (
    select * from {{ ref('buyers') }}
),

web_activity as (
    select
        coalesce(known.customer_id, 'unknown') as customer_id,
        count(*) as event_count,
        max(events.event_date) as last_event_date
    from {{ ref('customer_events') }} as events
    left join known on events.customer_id = known.customer_id
    group by coalesce(known.customer_id, 'unknown')
),

visits as (
    select
        coalesce(users.customer_id, 'unknown') as customer_id,
        count(*) as session_count,
        cast(sum(sessions.session_seconds) as bigint) as session_seconds
    from {{ ref('user_sessions') }} as sessions
    left join users on sessions.user_id = users.user_id
    group by coalesce(users.customer_id, 'unknown')
),

subscriptions as (
    select
        coalesce(users.customer_id, 'unknown') as customer_id,
        count(*) as active_subscription_count,
        cast(sum(subscriptions.mrr_base) as decimal(18, 4)) as monthly_recurring_base
    from {{ ref('fact_subscriptions') }} as subscriptions
    left join users on subscriptions.user_id = users.user_id
    where
        subscriptions.is_active
        and subscriptions.month = cast({{ dbt.date_trunc('month', run_date()) }} as date)
    group by coalesce(users.customer_id, 'unknown')
),

joined as (
    select
        customers.customer_id,
        customers.customer_name,
        customers.email,
        customers.country,
        customers.region,
        customers.segment,
        customers.signup_date,
        customers.is_deleted,
        profiles.account_id,
        profiles.account_name,
        profiles.industry,
        profiles.user_id,
        coalesce(contacts.contact_count, 0) as contact_count,
        coalesce(pipeline.open_opportunity_count, 0) as open_opportunity_count,
        case when pipeline.customer_id is not null then pipeline.open_pipeline_base else 0 end as open_pipeline_base,
        coalesce(buyers.order_count, 0) as order_count,
        buyers.first_order_date,
        buyers.last_order_date,
        {{ days_between('buyers.last_order_date', run_date()) }} as days_since_order,
        coalesce(buyers.net_spend_base, 0) as net_spend_base,
        buyers.average_order_base,
        coalesce(buyers.returned_line_count, 0) as returned_line_count,
        coalesce(buyers.returned_base, 0) as returned_base,
        coalesce(web_activity.event_count, 0) as event_count,
        web_activity.last_event_date,
        coalesce(visits.session_count, 0) as session_count,
        coalesce(visits.session_seconds, 0) as session_seconds,
        coalesce(subscriptions.active_subscription_count, 0) as active_subscription_count,
        case when subscriptions.customer_id is not null then subscriptions.monthly_recurring_base else 0 end
            as monthly_recurring_base,
        case when customers.customer_id <> 'unknown' then coalesce(buyers.recency_score, 0) end as recency_score,
        case when customers.customer_id <> 'unknown' then coalesce(buyers.frequency_score, 0) end as frequency_score,
        case when customers.customer_id <> 'unknown' then coalesce(buyers.monetary_score, 0) end as monetary_score,
        case when customers.customer_id <> 'unknown' then coalesce(buyers.rfm_segment, 'no_orders') end as rfm_segment
    from customers
    left join profiles on customers.customer_id = profiles.customer_id
    left join contacts on customers.customer_id = contacts.customer_id
    left join pipeline on customers.customer_id = pipeline.customer_id
    left join buyers on customers.customer_id = buyers.customer_id
    left join web_activity on customers.customer_id = web_activity.customer_id
    left join visits on customers.customer_id = visits.customer_id
    left join subscriptions on customers.customer_id = subscriptions.customer_id
),

final as (
    select
        *,
        order_count > 0
        and not is_deleted
        and coalesce(recency_score <= 2, false)
        and active_subscription_count = 0
        and coalesce(last_event_date < {{ add_days(run_date(), -quiet_days) }}, true) as has_churn_risk
    from joined
)

select * from final
