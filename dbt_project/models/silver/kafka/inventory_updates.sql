{{ config(unique_key='event_id', post_hook='{{ leave_quarantine() }}') }}

with

final as (
    {{ sound(ref('inventory_updates__checked')) }}
)

select * from final
