{{ config(unique_key=['order_id', 'line_number'], post_hook='{{ leave_quarantine() }}') }}

with

final as (
    {{ sound(ref('order_items__checked')) }}
)

select * from final
