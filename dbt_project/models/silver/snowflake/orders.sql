{{ config(unique_key='order_id', post_hook='{{ leave_quarantine() }}') }}

with

orders as (
    {{ latest_version(
        ref('orders__checked'),
        ['order_id'],
        again=[
            'select order_id from ' ~ ref('orders__quarantine'),
            rates_changed(['order_id'], 'total_amount', 'total_amount_base', 'order_date'),
        ],
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
        total_amount_base,
        created_at,
        updated_at,
        is_deleted,
        {{ loaded_at() }} as _loaded_at,
        _source,
        _load_id
    from orders
    where {{ kept() }}
)

select * from final
