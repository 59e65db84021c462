{{ config(materialized='ephemeral') }}

with

final as (
    {{ checked_events(
        source('bronze', 'kafka__order_events'),
        columns=['order_id', 'event_type', json_get('attributes', 'carrier') ~ ' as carrier', 'attributes'],
        rules={
            'no_order_id': 'order_id is null',
            'no_event_type': 'event_type is null',
        },
    ) }}
)

select * from final
