{{ config(unique_key=['order_id', 'line_number']) }}

with

final as (
    {{ quarantined(ref('order_items__checked')) }}
)

select * from final
