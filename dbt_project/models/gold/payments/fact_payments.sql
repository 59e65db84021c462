{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='payment_id',
    meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.reconciliation is null'},
) }}

-- depends_on: {{ ref('touched_payments') }}
with

payments as (
    select
        *,
        coalesce(status in ('captured', 'refunded'), false) and not is_deleted as is_captured
    from {{ ref('payments') }}
    {% if is_incremental() %}
    where payment_id in (select touched.payment_id from {{ ref('touched_payments') }} as touched)
    {% endif %}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

-- what the ledger says of an order; a sum with a posting of unknown worth is unknown
ledger as (
    select
        order_id,
        currency,
        min(case when transaction_type = 'charge' then cast(posted_at as date) end) as charged_date,
        sum(case when transaction_type = 'charge' then amount else 0 end) as charged_amount,
        sum(case when transaction_type in ('refund', 'chargeback') then amount else 0 end) as refunded_amount,
        {{ sum_if_known('amount_base', "transaction_type = 'charge'") }} as charged_base,
        {{ sum_if_known('-amount_base', "transaction_type in ('refund', 'chargeback')") }} as refunded_base,
        {{ sum_if_known('-amount_base', "transaction_type = 'fee'") }} as fee_base
    from {{ ref('financial_transactions') }}
    where
        order_id is not null
        {{ 'and order_id in (select payments.order_id from payments)' if is_incremental() }}
    group by order_id, currency
),

captured as (
    select
        *,
        cast(case when is_captured then amount else 0 end as decimal(18, 2)) as captured_amount,
        case when is_captured then cast(coalesce(paid_at, updated_at) as date) end as captured_date,
        case when order_id is null or currency is null then payment_id end as alone
    from payments
),

-- the ledger knows orders, not payments: what it says of one stands at one of its payments, so that sums are right;
-- a payment without order or currency stands alone
placed as (
    select
        *,
        cast(sum(captured_amount) over (partition by order_id, currency, alone) as decimal(18, 2))
            as order_captured_amount,
        row_number() over (
            partition by order_id, currency, alone
            order by is_deleted asc, captured_date desc nulls last, payment_id asc
        ) = 1 as is_settling
    from captured
),

compared as (
    select
        placed.*,
        ledger.order_id is not null and placed.is_settling as has_ledger,
        cast(coalesce(ledger.charged_amount, 0) as decimal(18, 2)) as order_charged_amount,
        ledger.charged_date,
        ledger.charged_base,
        ledger.refunded_amount,
        ledger.refunded_base,
        ledger.fee_base
    from placed
    left join ledger
        on
            placed.order_id = ledger.order_id
            and placed.currency = ledger.currency
),

final as (
    select
        compared.payment_id,
        compared.order_id,
        compared.customer_id,
        compared.method as payment_method,
        compared.status as payment_status,
        compared.is_deleted,
        compared.is_captured,
        compared.is_settling,
        compared.paid_at,
        compared.captured_date,
        compared.currency,
        compared.amount,
        compared.captured_amount,
        cast(
            case
                when compared.is_captured
                    then {{ to_base('compared.captured_amount', 'fx_rates.rate_to_base') }}
                else 0
            end as decimal(18, 4)
        ) as captured_base,
        cast(
            case when compared.has_ledger then compared.order_charged_amount else 0 end as decimal(18, 2)
        ) as charged_amount,
        cast(case when compared.has_ledger then compared.charged_base else 0 end as decimal(18, 4)) as charged_base,
        cast(
            case when compared.has_ledger then compared.refunded_amount else 0 end as decimal(18, 2)
        ) as refunded_amount,
        cast(case when compared.has_ledger then compared.refunded_base else 0 end as decimal(18, 4)) as refunded_base,
        cast(case when compared.has_ledger then compared.fee_base else 0 end as decimal(18, 4)) as fee_base,
        cast(compared.order_captured_amount - compared.order_charged_amount as decimal(18, 2)) as difference_amount,
        case
            when compared.order_captured_amount = 0 and compared.status = 'voided' then 'voided'
            when compared.order_captured_amount = 0 then 'open'
            when compared.order_charged_amount = 0 then 'not_charged'
            when compared.order_captured_amount > compared.order_charged_amount then 'captured_more'
            when compared.order_captured_amount < compared.order_charged_amount then 'captured_less'
            else 'matched'
        end as reconciliation,
        case when compared.has_ledger then compared.charged_date end as charged_date,
        {{ built_at() }} as _built_at
    from compared
    left join fx_rates
        on
            compared.currency = fx_rates.ccy
            and compared.captured_date = fx_rates.as_of_date
)

{#- silver keeps every payment that it ever had, so there are none to drop #}
{{ changed_rows('final', drop=false) }}
