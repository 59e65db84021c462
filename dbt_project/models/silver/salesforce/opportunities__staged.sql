{{ config(materialized='ephemeral') }}

with

versions as (
    select
        *,
        lag(stage_name) over (partition by id order by _version, _ingest_ts, _row_id) as stage_before
    from {{ source('bronze', 'salesforce__opportunity') }}
),

-- every change of stage begins another stay; who comes back to a stage enters it again
stays as (
    select
        *,
        sum(case when stage_name is distinct from stage_before then 1 else 0 end) over (
            partition by id
            order by _version, _ingest_ts, _row_id
            rows between unbounded preceding and current row
        ) as stay
    from versions
),

final as (
    select
        id,
        account_id,
        name,
        stage_name as stage,
        min(system_modstamp) over (partition by id, stay) as stage_entered_at,
        cast(amount as decimal(18, 2)) as amount,
        currency_iso_code as currency,
        cast(probability as decimal(5, 2)) as probability,
        close_date,
        is_closed,
        is_won,
        created_date as created_at,
        system_modstamp as updated_at,
        coalesce(is_deleted, false) as is_deleted,
        _ingest_ts,
        _ingest_date,
        _source,
        _load_id,
        _row_id,
        _version
    from stays
)

select * from final
