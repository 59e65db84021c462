{{ config(unique_key='customer_id') }}

{% set quiet_days = 30 %}

with

customers as (
    select * from {{ ref('customers') }}
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
        accounts.customer_id,
        count(*) as contact_count
    from {{ ref('contacts') }} as contacts
    inner join {{ ref('accounts') }} as accounts on contacts.account_id = accounts.id
    where not contacts.is_deleted and not accounts.is_deleted
    group by accounts.customer_id
),

pipeline as (
    select
        accounts.customer_id,
        count(*) as open_opportunity_count,
        cast(sum(opportunities.amount_base) as decimal(18, 4)) as open_pipeline_base
    from {{ ref('opportunities') }} as opportunities
    inner join {{ ref('accounts') }} as accounts on opportunities.account_id = accounts.id
    where not opportunities.is_closed and not opportunities.is_deleted and not accounts.is_deleted
    group by accounts.customer_id
),

buyers as (
    select * from {{ ref('buyers') }}
),

web_activity as (
    select
        customer_id,
        count(*) as event_count,
        max(event_date) as last_event_date
    from {{ ref('customer_events') }}
    where customer_id is not null
    group by customer_id
),

visits as (
    select
        users.customer_id,
        count(*) as session_count,
        cast(sum(sessions.session_seconds) as bigint) as session_seconds
    from {{ ref('user_sessions') }} as sessions
    inner join {{ ref('users') }} as users on sessions.user_id = users.user_id
    where users.customer_id is not null
    group by users.customer_id
),

subscriptions as (
    select
        users.customer_id,
        count(*) as active_subscription_count,
        cast(sum(subscriptions.monthly_amount_base) as decimal(18, 4)) as monthly_recurring_base
    from {{ ref('subscriptions') }} as subscriptions
    inner join {{ ref('users') }} as users on subscriptions.user_id = users.user_id
    where subscriptions.status = 'active' and not subscriptions.is_deleted and users.customer_id is not null
    group by users.customer_id
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
        coalesce(subscriptions.monthly_recurring_base, 0) as monthly_recurring_base,
        coalesce(buyers.recency_score, 0) as recency_score,
        coalesce(buyers.frequency_score, 0) as frequency_score,
        coalesce(buyers.monetary_score, 0) as monetary_score,
        coalesce(buyers.rfm_segment, 'no_orders') as rfm_segment
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
        and recency_score <= 2
        and active_subscription_count = 0
        and coalesce(last_event_date < {{ add_days(run_date(), -quiet_days) }}, true) as has_churn_risk
    from joined
)

select * from final
