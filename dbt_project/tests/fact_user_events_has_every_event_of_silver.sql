{# fact_user_events holds the events of both streams, each day as many as silver. #}

with

events as (
    select
        event_date,
        'shop' as told_by
    from {{ ref('user_events') }}
    union all
    select
        event_date,
        'tracker' as told_by
    from {{ ref('customer_events') }}
),

counted as (
    select
        event_date,
        told_by,
        count(*) as event_count
    from events
    group by event_date, told_by
),

held as (
    select
        event_date,
        told_by,
        count(*) as event_count
    from {{ ref('fact_user_events') }}
    group by event_date, told_by
)

select
    coalesce(counted.event_date, held.event_date) as event_date,
    counted.event_count as silver_count,
    held.event_count as gold_count
from counted
full outer join held
    on
        counted.event_date = held.event_date
        and counted.told_by = held.told_by
where counted.event_count is distinct from held.event_count
