{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['service', 'metric', 'hour'],
    meta={
        'merge_delete_condition': 'DBT_INTERNAL_SOURCE.measurement_count is null',
        'test_window': {'_loaded_at': 1},
    },
) }}

with

measurements as (
    select
        service,
        metric,
        date_trunc('hour', event_at) as hour,
        event_date,
        value,
        unit,
        _source,
        _loaded_at
    from {{ ref('system_metrics') }}
),

{% if is_incremental() %}
touched as (
    {{ changed_partitions('measurements', held='sum(measurement_count)') }}
),
{% endif %}

ranked as (
    select
        *,
        row_number() over (partition by service, metric, hour order by value) as place,
        count(*) over (partition by service, metric, hour) as places
    from measurements
    {% if is_incremental() %}
    where event_date in (select touched.event_date from touched)
    {% endif %}
),

-- p95 by its nearest rank: the lowest value that at least 95 of 100 do not exceed
final as (
    select
        service,
        metric,
        hour,
        event_date,
        max(unit) as unit,
        count(*) as measurement_count,
        {{ divide('sum(value)', 'count(*)', 6, whole=16, digits=6) }} as avg_value,
        min(case when 100 * place >= 95 * places then value end) as p95_value,
        max(value) as max_value,
        max(_source) as _source,
        max(_loaded_at) as _loaded_at
    from ranked
    group by service, metric, hour, event_date
)

{{ changed_rows('final', within='event_date in (select touched.event_date from touched)') }}
