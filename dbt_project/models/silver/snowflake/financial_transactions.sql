{{ config(unique_key='transaction_id', meta={'test_window': {'_loaded_at': 1}}) }}

with

transactions as (
    {{ latest_version(
        source('bronze', 'snowflake__financial_transactions'),
        ['transaction_id'],
        again=[keys_with_changed_rate(['transaction_id'], 'signed_amount', 'amount_base', 'cast(posted_at as date)')],
    ) }}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

exact as (
    select
        *,
        lower({{ trimmed('transaction_type') }}) as kind,
        {{ exact_cast('amount', 'decimal(18, 2)') }} as exact_amount
    from transactions
),

signed as (
    select
        *,
        cast(case when kind = 'charge' then exact_amount else -exact_amount end as decimal(18, 2)) as signed_amount
    from exact
),

final as (
    select
        signed.transaction_id,
        signed.order_id,
        signed.customer_id,
        signed.kind as transaction_type,
        signed.exact_amount as amount,
        signed.signed_amount,
        signed.currency,
        {{ to_base('signed.signed_amount', 'fx_rates.rate_to_base') }} as amount_base,
        signed.posted_at,
        signed._ingest_ts as _loaded_at,
        signed._source,
        signed._load_id,
        {{ built_at() }} as _built_at
    from signed
    left join fx_rates
        on
            signed.currency = fx_rates.ccy
            and cast(signed.posted_at as date) = fx_rates.as_of_date
)

select * from final
