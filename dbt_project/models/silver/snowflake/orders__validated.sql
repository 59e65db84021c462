{{ config(unique_key='order_id') }}

with

orders as (
    {{ latest_version(source('bronze', 'snowflake__orders'), ['order_id'], again=[
        rejected_keys(),
        keys_with_changed_rate(['order_id'], 'total_amount', 'total_amount_base', 'order_date'),
    ]) }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

checked as (
    select
        orders.*,
        {{ exact_cast('orders.total_amount', 'decimal(18, 2)') }} as exact_total,
        fx_rates.rate_to_base,
        currencies.currency is not null as is_known_currency,
        {{ in_range('orders.order_date') }} as is_plausible_date
    from orders
    left join currencies
        on orders.currency = currencies.currency
    left join fx_rates
        on
            orders.currency = fx_rates.ccy
            and orders.order_date = fx_rates.as_of_date
),

final as (
    select
        order_id,
        customer_id,
        order_date,
        lower({{ trimmed('status') }}) as status,
        payment_method,
        currency,
        exact_total as total_amount,
        {{ to_base('exact_total', 'rate_to_base') }} as total_amount_base,
        created_at,
        updated_at,
        coalesce(is_deleted, false) as is_deleted,
        {{ broken_rules() }} as broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from checked
)

{{ changed_rows('final', drop=false) }}
