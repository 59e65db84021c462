{{ config(unique_key=['order_id', 'line_number'], meta={'test_window': {'_loaded_at': 1}}) }}

with

validated as (
    {{ valid_rows(ref('order_items__validated')) }}
),

final as (
    select
        order_id,
        line_number,
        product_id,
        quantity,
        unit_price,
        discount_amount,
        line_amount,
        updated_at,
        _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from validated
)

select * from final
