{{ config(materialized='view') }}

with

validated as (
    select * from {{ ref('user_events__validated') }}
),

final as (
    select
        event_id,
        user_id,
        event_type,
        page_url,
        product_id,
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
