{{ config(
    unique_key=['order_id', 'line_number'],
    post_hook='{{ leave_quarantine() }}',
    meta={'test_window': {'_loaded_at': 1}},
) }}

with

final as (
    {{ sound(ref('order_items__checked')) }}
)

select * from final
