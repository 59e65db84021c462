{{ config(unique_key='event_id') }}

with

messages as (
    select
        *,
        coalesce(event_id, _row_id) as known_as
    from {{ source('bronze', 'kafka__system_metrics') }}
    where not coalesce(_tombstone, false)
),

latest as (
    {{ latest_version('messages', ['known_as'], again=[rejected_keys()]) }}
),

checked as (
    select
        *,
        cast(timestamp as date) as event_date,
        {{ in_range('cast(timestamp as date)') }} as is_plausible_date
    from latest
),

final as (
    select
        known_as as event_id,
        service,
        metric,
        case when abs(value) < 999999999999 then cast(value as decimal(18, 6)) end as value,
        value as value_received,
        unit,
        timestamp as event_at,
        event_date,
        {{ broken_rules() }} as broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from checked
)

{{ changed_rows('final', drop=false) }}
