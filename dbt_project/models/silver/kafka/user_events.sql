{{ config(unique_key='event_id', meta={'test_window': {'_loaded_at': 1}}) }}

with

validated as (
    {{ valid_rows(ref('user_events__validated')) }}
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
        _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from validated
)

select * from final
