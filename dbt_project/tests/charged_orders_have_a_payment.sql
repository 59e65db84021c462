{{ config(severity='warn', meta={'tested_model': 'financial_transactions'}) }}

{#
  Warns of orders that the ledger charged more than 7 days ago and did not give back, and that no payment names:
  fact_payments has no row in which their money could be missing.
#}
with

ledger as (
    select
        postings.order_id,
        postings.currency,
        sum(case when postings.transaction_type = 'charge' then postings.amount else 0 end) as charged_amount,
        sum(case
            when postings.transaction_type in ('refund', 'chargeback') then postings.amount
            else 0
        end) as refunded_amount,
        min(case when postings.transaction_type = 'charge' then cast(postings.posted_at as date) end) as charged_date
    from {{ ref('financial_transactions') }} as postings
    left join {{ ref('payments') }} as payments on postings.order_id = payments.order_id
    where
        postings.order_id is not null
        and payments.order_id is null
    group by postings.order_id, postings.currency
)

select *
from ledger
where
    charged_amount > refunded_amount
    and charged_date <= {{ add_days(run_date(), -7) }}
