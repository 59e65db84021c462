{{ config(unique_key=['order_id', 'line_number']) }}

with

items as (
    {{ latest_version(
        source('bronze', 'snowflake__order_items'), ['order_id', 'line_number'], again=[rejected_keys()]
    ) }}
),

exact as (
    select
        *,
        {{ exact_cast('quantity', 'bigint') }} as units,
        {{ exact_cast('unit_price', 'decimal(18, 2)') }} as price,
        {{ exact_cast('coalesce(discount_amount, 0)', 'decimal(18, 2)') }} as discount
    from items
),

checked as (
    select
        *,
        {{ exact_cast('units * price', 'decimal(18, 2)') }} as gross
    from exact
),

final as (
    select
        order_id,
        cast(line_number as bigint) as line_number,
        product_id,
        units as quantity,
        price as unit_price,
        discount as discount_amount,
        {{ exact_cast('gross - discount', 'decimal(18, 2)') }} as line_amount,
        updated_at,
        {{ broken_rules() }} as broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from checked
)

{{ changed_rows('final', drop=false) }}
