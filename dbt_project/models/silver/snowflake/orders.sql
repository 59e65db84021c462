{{ config(
    unique_key='order_id',
    post_hook='{{ leave_quarantine() }}',
    meta={'test_window': {'_loaded_at': 1}},
) }}

with

final as (
    {{ sound(
        ref('orders__checked'),
        again=[keys_with_changed_rate(['order_id'], 'total_amount', 'total_amount_base', 'order_date')],
    ) }}
)

select * from final
