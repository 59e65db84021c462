{{ config(unique_key=['order_id', 'line_number']) }}

with

items as (
    {{ latest_version(
        ref('order_items__checked'),
        ['order_id', 'line_number'],
        model=quarantined_model(),
        again=['select order_id, line_number from ' ~ this],
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
        updated_at,
        broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from items
    where broken_rules is not null
)

select * from final
