{{ config(unique_key='order_id', meta={'test_window': {'_loaded_at': 1}}) }}

with

validated as (
    {{ valid_rows(ref('orders__validated')) }}
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
        _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from validated
)

select * from final
