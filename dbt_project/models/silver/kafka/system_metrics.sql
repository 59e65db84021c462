{{ config(unique_key='event_id', meta={'test_window': {'_loaded_at': 1}}) }}

with

validated as (
    {{ valid_rows(ref('system_metrics__validated')) }}
),

final as (
    select
        event_id,
        service,
        metric,
        value,
        unit,
        event_at,
        event_date,
        _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from validated
)

select * from final
