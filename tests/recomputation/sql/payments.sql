-- What each payment captured, beside what the ledger says of its order in its currency. A sum with a posting of unknown
-- worth is unknown.
create macro worth(rate, base) as case when count(*) filter (rate is null) = 0 then coalesce(sum(base), 0) end;

create table ledger as
with posted as (
    select
        f.order_id, f.currency, f.posted_at::date as day, f.amount, r.rate_to_base, in_base(f.amount, r.rate_to_base) as base,
        case f.transaction_type when 'chargeback' then 'refund' else f.transaction_type end as kind
    from financial_transactions as f left join fx_rates as r on r.ccy = f.currency and r.day = f.posted_at::date
),
by_kind as (
    select order_id, currency, kind, min(day) as first_day, coalesce(sum(amount), 0) as amount, worth(rate_to_base, base) as base
    from posted group by all
)
select
    order_id, currency, min(first_day) filter (kind = 'charge') as charged_date,
    coalesce(max(amount) filter (kind = 'charge'), 0) as charged, coalesce(max(amount) filter (kind = 'refund'), 0) as refunded,
    case when bool_or(kind = 'charge') then max(base) filter (kind = 'charge') else 0 end as charged_base,
    case when bool_or(kind = 'refund') then max(base) filter (kind = 'refund') else 0 end as refunded_base,
    case when bool_or(kind = 'fee') then max(base) filter (kind = 'fee') else 0 end as fee_base
from by_kind group by all;

create table fact_payments as
with taken as (
    select *, status in ('captured', 'refunded') and _op <> 'D' as is_captured from payments
),
priced as (
    select
        taken.* replace (amount::decimal(18, 2) as amount), _op = 'D' as is_deleted,
        case when is_captured then amount else 0 end::decimal(18, 2) as captured_amount,
        case when is_captured then coalesce(paid_at, updated_at)::date end as captured_date
    from taken
),
settled as (
    select
        order_id, currency, sum(captured_amount) as captured,
        first(payment_id order by is_deleted, captured_date desc nulls last, payment_id) as settling_id
    from priced where order_id is not null and currency is not null group by all
),
judged as (
    select
        p.*, l.* exclude (order_id, currency), coalesce(s.captured, p.captured_amount) as order_captured,
        coalesce(l.charged, 0) as order_charged, coalesce(p.payment_id = s.settling_id, true) as is_settling,
        is_settling and l.order_id is not null as has_ledger
    from priced as p
    left join settled as s on s.order_id = p.order_id and s.currency = p.currency
    left join ledger as l on l.order_id = p.order_id and l.currency = p.currency
)
select
    j.payment_id, j.order_id, j.customer_id, j.method as payment_method, j.status as payment_status, j.is_deleted,
    j.is_captured, j.is_settling, j.paid_at, j.captured_date, j.currency, j.amount, j.captured_amount,
    case when j.is_captured then in_base(j.amount, r.rate_to_base) else 0 end::decimal(18, 4) as captured_base,
    if(has_ledger, j.charged, 0)::decimal(18, 2) as charged_amount,
    if(has_ledger, j.charged_base, 0)::decimal(18, 4) as charged_base,
    if(has_ledger, j.refunded, 0)::decimal(18, 2) as refunded_amount,
    if(has_ledger, j.refunded_base, 0)::decimal(18, 4) as refunded_base,
    if(has_ledger, j.fee_base, 0)::decimal(18, 4) as fee_base,
    (order_captured - order_charged)::decimal(18, 2) as difference_amount,
    case
        when order_captured = 0 and j.status = 'voided' then 'voided'
        when order_captured = 0 then 'open'
        when order_charged = 0 then 'not_charged'
        when order_captured > order_charged then 'captured_more'
        when order_captured < order_charged then 'captured_less'
        else 'matched'
    end as reconciliation,
    if(has_ledger, j.charged_date, null) as charged_date
from judged as j left join fx_rates as r on r.ccy = j.currency and r.day = j.captured_date;
