{{ config(materialized='ephemeral') }}

with

orders as (
    select
        *,
        {{ exact_cast('total_amount', 'decimal(18, 2)') }} as total
    from {{ source('bronze', 'snowflake__orders') }}
),

currencies as (
    select * from {{ ref('currencies') }}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

final as (
    select
        orders.order_id,
        orders.customer_id,
        orders.order_date,
        lower({{ trimmed('orders.status') }}) as status,
        orders.payment_method,
        orders.currency,
        orders.total as total_amount,
        {{ to_base('orders.total', 'fx_rates.rate_to_base') }} as total_amount_base,
        orders.created_at,
        orders.updated_at,
        coalesce(orders.is_deleted, false) as is_deleted,
        {{ broken_rules({
            'unknown_currency': 'currencies.currency is null',
            'no_total': 'orders.total_amount is null',
            'negative_total': 'orders.total_amount < 0',
            'total_not_exact': 'orders.total_amount is not null and orders.total is null',
            'no_customer_id': 'orders.customer_id is null',
            'order_date_out_of_range': 'not ' ~ in_range('orders.order_date'),
            'no_rate': 'currencies.currency is not null and ' ~ in_range('orders.order_date')
                ~ ' and fx_rates.rate_to_base is null',
        }) }} as broken_rules,
        {{ provenance('orders') }}
    from orders
    left join currencies
        on orders.currency = currencies.currency
    left join fx_rates
        on
            orders.currency = fx_rates.ccy
            and orders.order_date = fx_rates.as_of_date
)

select * from final
