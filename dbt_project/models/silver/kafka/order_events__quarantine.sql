{{ config(materialized='view') }}

with

validated as (
    select * from {{ ref('order_events__validated') }}
),

final as (
    select
        event_id,
        order_id,
        event_type,
        carrier,
        attributes,
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
