{{ config(unique_key='product_id') }}

with

final as (
    {{ quarantined(ref('products__checked')) }}
)

select * from final
