{{ config(unique_key='order_id') }}

with

final as (
    {{ quarantined(ref('orders__checked')) }}
)

select * from final
