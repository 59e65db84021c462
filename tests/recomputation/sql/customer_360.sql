-- One row for each customer, with what any source knows.
create macro fifth(place, buyers) as 1 + least((5 * (place - 1)) // buyers, 4);

create table customer_360 as
with bought as (
    select
        customer_id, count(distinct order_id) as order_count, min(order_date) as first_order_date,
        max(order_date) as last_order_date, sum(net_base)::decimal(18, 4) as net_spend_base,
        count(*) filter (where is_returned) as returned_line_count,
        coalesce(sum(net_base) filter (where is_returned), 0)::decimal(18, 4) as returned_base
    from sold group by all
),
scored as (
    select
        *, fifth(rank() over (order by last_order_date), count(*) over ()) as recency_score,
        fifth(rank() over (order by order_count), count(*) over ()) as frequency_score,
        fifth(rank() over (order by net_spend_base), count(*) over ()) as monetary_score
    from bought where customer_id in (select customer_id from customers)
),
account_of as (
    select customer_id__c as customer_id, id, name, industry from accounts where customer_id__c is not null
    qualify row_number() over (partition by customer_id__c order by coalesce(is_deleted, false), system_modstamp desc, id) = 1
),
contacted as (
    select a.customer_id__c as customer_id, count(*) as contact_count
    from contacts as c join accounts as a on a.id = c.account_id where not coalesce(c.is_deleted, false) group by all
),
pipeline as (
    select
        a.customer_id__c as customer_id, count(*) as open_opportunity_count,
        sum(in_base(o.amount, r.rate_to_base))::decimal(18, 4) as open_pipeline_base
    from opportunities as o join accounts as a on a.id = o.account_id
    left join fx_rates as r on r.ccy = o.currency_iso_code and r.day = least(o.close_date, today())
    where not coalesce(o.is_deleted, false) and not o.is_closed group by all
),
tracked as (
    select customer_id, count(*) as event_count, max(event_ts::date) as last_event_date from customer_events group by all
),
visited as (
    select u.customer_id, count(*) as session_count,
        coalesce(sum(greatest(date_sub('second', s.started_at, s.ended_at), 0)), 0)::bigint as session_seconds
    from user_sessions as s join known_users as u using (user_id) group by all
),
subscribed as (
    select u.customer_id, count(*) as active_subscription_count,
        coalesce(sum(in_base(case when s.billing_period = 'year' then quotient(s.amount, 12, 2) else s.amount end, r.rate_to_base)), 0)::decimal(18, 4) as monthly_recurring_base
    from subscriptions as s join known_users as u using (user_id)
    left join fx_rates as r on r.ccy = s.currency and r.day = today()
    where s.status = 'active' and not coalesce(s._is_deleted, false) group by all
)
select
    c.customer_id, c.customer_name, lower(blanks_off(c.email)) as email, country_of(c.country) as country, c.region, c.segment,
    c.signup_date, coalesce(c.is_deleted, false) as is_deleted, account_of.id as account_id, account_of.name as account_name,
    account_of.industry, users_of_customers.user_id, coalesce(contact_count, 0) as contact_count,
    coalesce(open_opportunity_count, 0) as open_opportunity_count, case when open_opportunity_count is null then 0 else open_pipeline_base end::decimal(18, 4) as open_pipeline_base,
    coalesce(order_count, 0) as order_count, first_order_date, last_order_date, today() - last_order_date as days_since_order,
    coalesce(net_spend_base, 0)::decimal(18, 4) as net_spend_base,
    quotient(net_spend_base, order_count, 4)::decimal(18, 4) as average_order_base,
    coalesce(returned_line_count, 0) as returned_line_count, coalesce(returned_base, 0)::decimal(18, 4) as returned_base,
    coalesce(event_count, 0) as event_count, last_event_date, coalesce(session_count, 0) as session_count,
    coalesce(session_seconds, 0) as session_seconds, coalesce(active_subscription_count, 0) as active_subscription_count,
    coalesce(monthly_recurring_base, 0)::decimal(18, 4) as monthly_recurring_base,
    coalesce(recency_score, 0) as recency_score, coalesce(frequency_score, 0) as frequency_score,
    coalesce(monetary_score, 0) as monetary_score,
    case
        when order_count is null then 'no_orders'
        when recency_score >= 4 and frequency_score >= 4 then 'champions'
        when recency_score >= 3 and frequency_score >= 3 then 'loyal'
        when recency_score >= 4 then 'promising'
        when frequency_score >= 3 then 'at_risk'
        when recency_score = 3 then 'needs_attention'
        else 'hibernating'
    end as rfm_segment,
    order_count is not null and recency_score <= 2 and coalesce(active_subscription_count, 0) = 0
    and coalesce(last_event_date < today() - 30, true) and not coalesce(c.is_deleted, false) as has_churn_risk
from customers as c
left join scored using (customer_id) left join account_of using (customer_id) left join contacted using (customer_id)
left join pipeline using (customer_id) left join tracked using (customer_id) left join visited using (customer_id)
left join subscribed using (customer_id) left join users_of_customers using (customer_id);
