{{ config(unique_key='order_id') }}

with

orders as (
    {{ latest_version(
        ref('orders__checked'),
        ['order_id'],
        model=quarantined_model(),
        again=['select order_id from ' ~ this],
    ) }}
),

final as (
    select
        order_id,
        customer_id,
        order_date,
        status,
        payment_method,
        currency,
        total_amount,
        created_at,
        updated_at,
        is_deleted,
        broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from orders
    where broken_rules is not null
)

select * from final
