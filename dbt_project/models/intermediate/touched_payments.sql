{% set fact = built_table('fact_payments') %}
{% set since = last_built_at('fact_payments') %}

-- depends_on: {{ ref('fx_rates') }}
with

payments as (
    select * from {{ ref('payments') }}
),

changed as (
    select
        payment_id,
        order_id
    from payments
    where {{ written_since(ref('payments'), since) }}
),

postings_changed as (
    select
        transaction_id,
        order_id
    from {{ ref('financial_transactions') }}
    where {{ written_since(ref('financial_transactions'), since) }}
),

-- payments that were written, as they are and as the fact has them, then of another order, it may be; and those of a
-- day whose rate is another one by now
touched as (
    select
        payment_id,
        order_id
    from changed
    {% if fact %}
    union all
    select
        payment_id,
        order_id
    from {{ fact }}
    where payment_id in (select changed.payment_id from changed)
    union all
    select
        held.payment_id,
        held.order_id
    from {{ fact }} as held
    left join {{ ref('fx_rates') }} as fx_rates
        on
            held.currency = fx_rates.ccy
            and held.captured_date = fx_rates.as_of_date
    where
        held.is_captured
        and held.captured_base is distinct from {{ to_base('held.captured_amount', 'fx_rates.rate_to_base') }}
    {% endif %}
),

orders_touched as (
    select order_id from touched
    union all
    select order_id from postings_changed
    union all
    -- a posting may tell of another order than before, which only bronze still knows
    select order_id from {{ source('bronze', 'snowflake__financial_transactions') }}
    where transaction_id in (select postings_changed.transaction_id from postings_changed)
),

-- with a payment all those of its order
final as (
    select payment_id from payments
    where order_id in (select orders_touched.order_id from orders_touched)
    union
    select payment_id from touched
)

select * from final
