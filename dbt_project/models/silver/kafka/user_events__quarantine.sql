{{ config(unique_key='event_id') }}

with

final as (
    {{ quarantined(ref('user_events__checked')) }}
)

select * from final
