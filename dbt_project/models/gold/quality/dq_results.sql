{{ config(
    materialized='incremental',
    incremental_strategy='append',
    unique_key=['run_id', 'test'],
    full_refresh=false,
    meta={'publish': false},
) }}

-- of this lake's builds, so it is not published: it would be the one table that every run changes
-- no rows, only the table: record_test_results fills it at the end of a run, when there are results
with

nothing as (
    select
        cast(null as {{ sql_type('string') }}) as run_id,
        cast(null as {{ sql_type('string') }}) as test,
        cast(null as {{ sql_type('string') }}) as model,
        cast(null as {{ sql_type('string') }}) as kind,
        cast(null as {{ sql_type('string') }}) as rule,
        cast(null as {{ sql_type('string') }}) as severity,
        cast(null as {{ sql_type('string') }}) as status,
        cast(null as bigint) as rows_failed,
        cast(null as bigint) as rows_checked,
        cast(null as decimal(18, 3)) as seconds,
        cast(null as {{ sql_type('timestamp') }}) as started_at
),

final as (
    select
        run_id,
        test,
        model,
        kind,
        rule,
        severity,
        status,
        rows_failed,
        rows_checked,
        seconds,
        started_at
    from nothing
    where run_id is not null
)

select * from final
