{{ config(meta={'tested_model': 'payments'}) }}

{# Order by order, fact_payments charges and gives back what silver's ledger says of orders that have a payment. #}
{% set new_rows_or_all = tested_rows() %}

with

-- orders of which something is new
looked_at as (
    select order_id
    from {{ ref('payments') }}
    where {{ new_rows_or_all }}
    union
    select order_id
    from {{ ref('financial_transactions') }}
    where {{ new_rows_or_all }}
),

facts as (
    select
        order_id,
        currency,
        sum(charged_amount) as charged_amount,
        sum(refunded_amount) as refunded_amount,
        sum(captured_amount) - sum(charged_amount) as difference_amount,
        max(difference_amount) as told_amount
    from {{ ref('fact_payments') }}
    where order_id in (select looked_at.order_id from looked_at)
    group by order_id, currency
),

ledger as (
    select
        order_id,
        currency,
        sum(case when transaction_type = 'charge' then amount else 0 end) as charged_amount,
        sum(case when transaction_type in ('refund', 'chargeback') then amount else 0 end) as refunded_amount
    from {{ ref('financial_transactions') }}
    where order_id in (select looked_at.order_id from looked_at)
    group by order_id, currency
)

select
    facts.order_id,
    facts.currency
from facts
left join ledger
    on
        facts.order_id = ledger.order_id
        and facts.currency = ledger.currency
where
    facts.charged_amount <> coalesce(ledger.charged_amount, 0)
    or facts.refunded_amount <> coalesce(ledger.refunded_amount, 0)
    or facts.difference_amount <> facts.told_amount
