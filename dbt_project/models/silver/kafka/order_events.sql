{{ config(
    unique_key='event_id',
    post_hook='{{ leave_quarantine() }}',
    meta={'test_window': {'_loaded_at': 1}},
) }}

with

final as (
    {{ sound(ref('order_events__checked')) }}
)

select * from final
