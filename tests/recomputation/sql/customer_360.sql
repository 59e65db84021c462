-- One row for each customer, with what any source knows, and the row `unknown` with what belongs to no customer.
create macro owner(id) as case when id in (select customer_id from customers) then id else 'unknown' end;
create macro fifth(place, buyers) as 1 + least((5 * (place - 1)) // buyers, 4);

create table customer_360 as
with bought as (
    select
        owner(customer_id) as customer_id, count(distinct order_id) as order_count, min(order_date) as first_order_date,
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
    from bought where customer_id <> 'unknown'
),
account_of as (
    select customer_id__c as customer_id, id, name, industry from accounts where customer_id__c is not null
    qualify row_number() over (partition by customer_id__c order by coalesce(is_deleted, false), system_modstamp desc, id) = 1
),
contacted as (
    select owner(a.customer_id__c) as customer_id, count(*) as contact_count
    from contacts as c left join accounts as a on a.id = c.account_id
    where not coalesce(c.is_deleted, false) and not coalesce(a.is_deleted, false) group by all
),
pipeline as (
    select
        owner(a.customer_id__c) as customer_id, count(*) as open_opportunity_count,
        sum(in_base(o.amount, r.rate_to_base))::decimal(18, 4) as open_pipeline_base
    from opportunities as o left join accounts as a on a.id = o.account_id
    left join fx_rates as r on r.ccy = o.currency_iso_code and r.day = least(o.close_date, today())
    where not coalesce(o.is_deleted, false) and not o.is_closed and not coalesce(a.is_deleted, false) group by all
),
tracked as (
    select owner(customer_id) as customer_id, count(*) as event_count, max(event_ts::date) as last_event_date from customer_events group by all
),
visited as (
    select owner(u.customer_id) as customer_id, count(*) as session_count,
        coalesce(sum(greatest(date_sub('second', s.started_at, s.ended_at), 0)), 0)::bigint as session_seconds
    from user_sessions as s left join known_users as u using (user_id) group by all
),
subscribed as (
    select owner(u.customer_id) as customer_id, count(*) as active_subscription_count,
        sum(in_base(s.monthly_amount, r.rate_to_base))::decimal(18, 4) as monthly_recurring_base
    from running(today()) as s left join known_users as u using (user_id)
    left join fx_rates as r on r.ccy = s.currency and r.day = today() group by all
),
everybody as (
    select * from customers
    union all by name
    select 'unknown' as customer_id, 'Unknown' as customer_name
),
ranked as (select * from bought left join scored using (customer_id, order_count, first_order_date, last_order_date, net_spend_base, returned_line_count, returned_base))
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
    case when active_subscription_count is null then 0 else monthly_recurring_base end::decimal(18, 4) as monthly_recurring_base,
    case when c.customer_id <> 'unknown' then coalesce(recency_score, 0) end as recency_score, case when c.customer_id <> 'unknown' then coalesce(frequency_score, 0) end as frequency_score,
    case when c.customer_id <> 'unknown' then coalesce(monetary_score, 0) end as monetary_score,
    case
        when c.customer_id = 'unknown' then null
        when order_count is null then 'no_orders'
        when recency_score >= 4 and frequency_score >= 4 then 'champions'
        when recency_score >= 3 and frequency_score >= 3 then 'loyal'
        when recency_score >= 4 then 'promising'
        when frequency_score >= 3 then 'at_risk'
        when recency_score = 3 then 'needs_attention'
        else 'hibernating'
    end as rfm_segment,
    order_count is not null and coalesce(recency_score <= 2, false) and coalesce(active_subscription_count, 0) = 0
    and coalesce(last_event_date < today() - 30, true) and not coalesce(c.is_deleted, false) as has_churn_risk
from everybody as c
left join ranked using (customer_id) left join account_of using (customer_id) left join contacted using (customer_id)
left join pipeline using (customer_id) left join tracked using (customer_id) left join visited using (customer_id)
left join subscribed using (customer_id) left join users_of_customers using (customer_id);
