-- Spans in which a subscription ran at one price; yearly amounts by the month.
create table terms as
with priced as (
    select
        subscription_id, user_id, currency, canceled_at, started_at, seen_from, valid_to, coalesce(_is_deleted, false) as is_deleted,
        (case when billing_period = 'year' then quotient(amount, 12, 2) else amount end)::decimal(18, 2) as monthly_amount,
        row_number() over (partition by subscription_id order by seen_from) as number
    from subscription_versions
),
spans as (
    select
        subscription_id, user_id, currency, monthly_amount,
        case when number = 1 then started_at else greatest(started_at, seen_from) end as begins_at,
        case when valid_to is null or canceled_at < valid_to then canceled_at else valid_to end as ends_at
    from priced where not is_deleted and started_at is not null
)
select
    *, lag(ends_at) over w is distinct from begins_at as is_start,
    ends_at is not null and lead(begins_at) over w is distinct from ends_at as is_end
from spans where ends_at is null or ends_at > begins_at
window w as (partition by subscription_id order by begins_at);

create macro running(day) as table
select * from terms where begins_at::date <= day and (ends_at is null or ends_at::date > day);

create table subscriptions_daily as
with days as (
    select unnest(generate_series((select min(begins_at)::date from terms), today(), interval 1 day))::date as day
),
mrr as (
    select days.day, sum(in_base(terms.monthly_amount, fx_rates.rate_to_base))::decimal(18, 4) as mrr_base
    from days
    join terms on terms.begins_at::date <= days.day and (terms.ends_at is null or terms.ends_at::date > days.day)
    join fx_rates on fx_rates.ccy = terms.currency and fx_rates.day = days.day
    group by days.day
)
select
    days.day, mrr.mrr_base,
    case when days.day - 30 >= (select min(day) from days) then (
        select count(*) from terms where is_start and begins_at::date <= days.day - 30
    ) - (
        select count(*) from terms where is_end and ends_at::date <= days.day - 30
    ) end as before_count,
    (select count(*) from terms where is_end and ends_at::date between days.day - 29 and days.day) as lost_count
from days left join mrr using (day);
