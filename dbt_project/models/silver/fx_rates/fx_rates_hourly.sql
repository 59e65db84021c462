{{ config(unique_key=['ccy', 'fetched_at']) }}

with

observations as (
    {{ latest_version(source('bronze', 'fx_rates__rates_hourly'), ['base', 'ccy', 'fetched_hour']) }}
),

final as (
    select
        ccy,
        fetched_hour as fetched_at,
        {{ divide('1', 'rate', 10, whole=1) }} as rate_to_base,
        rate_date,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from observations
    where base = {{ base_currency() }}
)

select * from final
