{{ config(severity='warn', meta={'tested_model': 'financial_transactions'}) }}

{#
  Warns of orders that the ledger charged and did not give back, and that no payment names: fact_payments has no row in
  which their money could be missing.
#}
{% set new_rows_or_all = tested_rows() %}

with

ledger as (
    select
        order_id,
        currency,
        sum(case when transaction_type = 'charge' then amount else 0 end) as charged_amount,
        sum(case when transaction_type in ('refund', 'chargeback') then amount else 0 end) as refunded_amount
    from {{ ref('financial_transactions') }}
    where
        order_id in (
            select postings.order_id from {{ ref('financial_transactions') }} as postings
            where {{ new_rows_or_all }}
        )
    group by order_id, currency
)

select
    ledger.order_id,
    ledger.currency,
    ledger.charged_amount,
    ledger.refunded_amount
from ledger
left join {{ ref('payments') }} as payments on ledger.order_id = payments.order_id
where
    ledger.charged_amount > ledger.refunded_amount
    and payments.order_id is null
