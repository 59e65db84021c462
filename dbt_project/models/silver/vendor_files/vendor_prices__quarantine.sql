{{ config(materialized='view') }}

with

validated as (
    select * from {{ ref('vendor_prices__validated') }}
),

final as (
    select
        vendor_id,
        sku,
        valid_from_text,
        valid_from,
        unit_cost_text,
        currency,
        broken_rules,
        _loaded_at,
        _source,
        _load_id,
        _built_at
    from validated
    where broken_rules is not null
)

select * from final
