{{ config(unique_key='return_id', post_hook='{{ leave_quarantine() }}') }}

with

final as (
    {{ sound(ref('vendor_returns__checked')) }}
)

select * from final
