{{ config(unique_key='session_id', meta={'test_window': {'_loaded_at': 1}}) }}

{% set bounce_seconds = 30 %}

with

sessions as (
    {{ latest_version(source('bronze', 'postgres__user_sessions'), ['session_id']) }}
),

timed as (
    select
        *,
        {{ seconds_between('started_at', 'ended_at') }} as session_seconds
    from sessions
),

final as (
    select
        session_id,
        user_id,
        started_at,
        ended_at,
        session_seconds,
        session_seconds < {{ bounce_seconds }} as is_bounce,
        device_type,
        ip_address,
        updated_at,
        coalesce(_is_deleted, false) as is_deleted,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from timed
)

select * from final
