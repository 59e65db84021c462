{{ config(unique_key='event_id', post_hook='{{ leave_quarantine() }}') }}

with

final as (
    {{ sound(ref('order_events__checked')) }}
)

select * from final
