{{ config(unique_key='payment_id', meta={'test_window': {'_loaded_at': 1}}) }}

with

payments as (
    {{ latest_version(source('bronze', 'cdc__payments'), ['payment_id']) }}
),

final as (
    select
        payment_id,
        order_id,
        customer_id,
        method,
        status,
        cast(amount as decimal(18, 2)) as amount,
        currency,
        paid_at,
        updated_at,
        _op = 'D' as is_deleted,
        _ingest_ts as _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from payments
)

select * from final
