{{ config(materialized='table', unique_key=['ccy', 'as_of_date']) }}

with

publications as (
    {{ latest_version(source('bronze', 'fx_rates__rates_daily'), ['base', 'ccy', 'rate_date']) }}
),

hourly as (
    select * from {{ ref('fx_rates_hourly') }}
),

-- the base currency counts as published whenever any other one is
published as (
    select
        ccy,
        rate_date,
        {{ divide('1', 'rate', 10, whole=1) }} as rate_to_base,
        _ingest_ts,
        _source,
        _load_id
    from publications
    where base = {{ base_currency() }}
    union all
    select
        base as ccy,
        rate_date,
        cast(1 as decimal(18, 10)) as rate_to_base,
        min(_ingest_ts) as _ingest_ts,
        min(_source) as _source,
        min(_load_id) as _load_id
    from publications
    where base = {{ base_currency() }}
    group by base, rate_date
),

-- a publication holds until the next one, but not longer than a week
followed as (
    select
        *,
        coalesce(
            lead(rate_date) over (partition by ccy order by rate_date), {{ add_days(run_date(), 1) }}
        ) as next_rate_date
    from published
),

days_after as (
    {{ integers(8) }}
),

observed as (
    select
        followed.*,
        {{ add_days('followed.rate_date', 'days_after.n') }} as as_of_date,
        case
            when days_after.n = 0 or followed.ccy = {{ base_currency() }} then 'reference' else 'carried'
        end as rate_category
    from followed
    cross join days_after
    where {{ add_days('followed.rate_date', 'days_after.n') }} < followed.next_rate_date
),

todays as (
    select
        *,
        row_number() over (partition by ccy order by fetched_at desc) as recency
    from hourly
    where cast(fetched_at as date) = {{ run_date() }}
),

final as (
    select
        observed.ccy,
        coalesce(todays.rate_to_base, observed.rate_to_base) as rate_to_base,
        observed.as_of_date,
        case when todays.ccy is null then observed.rate_category else 'intraday' end as rate_category,
        coalesce(todays._loaded_at, observed._ingest_ts) as _loaded_at,
        coalesce(todays._source, observed._source) as _source,
        coalesce(todays._load_id, observed._load_id) as _load_id
    from observed
    left join todays
        on
            observed.ccy = todays.ccy
            and observed.as_of_date = {{ run_date() }}
            and observed.rate_category = 'carried'
            and todays.recency = 1
    where observed.as_of_date <= {{ run_date() }}
)

select * from final
