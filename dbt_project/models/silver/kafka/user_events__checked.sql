{{ config(materialized='ephemeral') }}

with

final as (
    {{ checked_events(
        source('bronze', 'kafka__user_events'),
        columns=['user_id', 'event_type', 'page_url', 'product_id'],
        rules={
            'no_user_id': 'user_id is null',
            'no_event_type': 'event_type is null',
        },
    ) }}
)

select * from final
