{{ config(unique_key='event_id', meta={'test_window': {'_loaded_at': 1}}) }}

with

events as (
    {{ latest_version(source('bronze', 'redshift__customer_events'), ['event_id']) }}
),

final as (
    select
        event_id,
        customer_id,
        session_id,
        event_name,
        channel,
        page_url,
        device_type,
        event_ts as event_at,
        cast(event_ts as date) as event_date,
        {{ json_get('properties', 'product_id') }} as product_id,
        cast({{ try_cast(json_get('properties', 'quantity'), 'decimal(18, 0)') }} as bigint) as quantity,
        {{ json_get('properties', 'search_term') }} as search_term,
        {{ json_get('properties', 'referrer') }} as referrer,
        {{ json_get('properties', 'order_id') }} as order_id,
        {{ try_cast(json_get('properties', 'value'), 'decimal(18, 2)') }} as order_value,
        {{ json_get('properties', 'currency') }} as currency,
        properties,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from events
)

select * from final
