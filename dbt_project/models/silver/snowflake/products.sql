{{ config(unique_key='product_id', post_hook='{{ leave_quarantine() }}') }}

with

final as (
    {{ sound(ref('products__checked')) }}
)

select * from final
