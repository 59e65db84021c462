{{ config(materialized='view') }}

with

validated as (
    select * from {{ ref('system_metrics__validated') }}
),

final as (
    select
        event_id,
        service,
        metric,
        value_received,
        unit,
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
