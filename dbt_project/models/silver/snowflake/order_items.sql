{{ config(unique_key=['order_id', 'line_number'], post_hook='{{ leave_quarantine() }}') }}

with

items as (
    {{ latest_version(
        ref('order_items__checked'),
        ['order_id', 'line_number'],
        again=['select order_id, line_number from ' ~ ref('order_items__quarantine')],
    ) }}
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
        {{ loaded_at() }} as _loaded_at,
        _source,
        _load_id
    from items
    where {{ kept() }}
)

select * from final
