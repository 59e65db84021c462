{{ config(materialized='table', unique_key=['ccy', 'as_of_date']) }}

with

publications as (
    {{ latest_version(source('bronze', 'fx_rates__rates_daily'), ['base', 'ccy', 'rate_date']) }}
),

hourly as (
    select * from {{ ref('fx_rates_hourly') }}
),

published as (
    select
        ccy,
        rate_date,
        {{ divide('1', 'rate', 10, whole=1) }} as rate_to_base,
        lead(rate_date) over (partition by ccy order by rate_date) as next_rate_date,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from publications
    where base = {{ base_currency() }}
),

-- a publication holds until the next one, but not longer than a week
days_after as (
    {{ numbers(8) }}
),

daily as (
    select
        published.ccy,
        published.rate_to_base,
        {{ add_days('published.rate_date', 'days_after.n') }} as as_of_date,
        case when days_after.n = 0 then 'reference' else 'carried' end as rate_category,
        published._loaded_at,
        published._source,
        published._load_id
    from published
    cross join days_after
    where
        {{ add_days('published.rate_date', 'days_after.n') }}
        < coalesce(published.next_rate_date, {{ add_days(run_date(), 1) }})
        and {{ add_days('published.rate_date', 'days_after.n') }} <= {{ run_date() }}
),

todays_newest as (
    select
        *,
        row_number() over (partition by ccy order by fetched_at desc) as recency
    from hourly
    where cast(fetched_at as date) = {{ run_date() }}
),

with_today as (
    select
        daily.ccy,
        daily.as_of_date,
        case when todays_newest.ccy is null then daily.rate_to_base else todays_newest.rate_to_base end as rate_to_base,
        case when todays_newest.ccy is null then daily.rate_category else 'intraday' end as rate_category,
        case when todays_newest.ccy is null then daily._loaded_at else todays_newest._loaded_at end as _loaded_at,
        case when todays_newest.ccy is null then daily._source else todays_newest._source end as _source,
        case when todays_newest.ccy is null then daily._load_id else todays_newest._load_id end as _load_id
    from daily
    left join todays_newest
        on
            daily.ccy = todays_newest.ccy
            and daily.as_of_date = {{ run_date() }}
            and daily.rate_category = 'carried'
            and todays_newest.recency = 1
),

base as (
    select
        {{ base_currency() }} as ccy,
        as_of_date,
        cast(1 as decimal(18, 10)) as rate_to_base,
        'reference' as rate_category,
        min(_loaded_at) as _loaded_at,
        min(_source) as _source,
        min(_load_id) as _load_id
    from with_today
    group by as_of_date
),

final as (
    select
        ccy,
        rate_to_base,
        as_of_date,
        rate_category,
        _loaded_at,
        _source,
        _load_id
    from with_today
    union all
    select
        ccy,
        rate_to_base,
        as_of_date,
        rate_category,
        _loaded_at,
        _source,
        _load_id
    from base
)

select * from final
