{{ config(materialized='view') }}

with

validated as (
    select * from {{ ref('vendor_returns__validated') }}
),

final as (
    select
        return_id,
        order_id,
        sku,
        quantity,
        reason,
        returned_at,
        broken_rules,
        _loaded_at,
        _source,
        _load_id,
        _built_at
    from validated
    where broken_rules is not null
)

select * from final
