{{ config(materialized='view') }}

with

validated as (
    select * from {{ ref('inventory_updates__validated') }}
),

final as (
    select
        event_id,
        product_id,
        warehouse_id,
        quantity_delta,
        reason,
        event_at,
        event_date,
        broken_rules,
        _loaded_at,
        _source,
        _load_id
    from validated
    where broken_rules is not null
)

select * from final
