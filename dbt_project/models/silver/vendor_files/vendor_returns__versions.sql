{{ config(materialized='ephemeral') }}

with

checked as (
    select * from {{ source('bronze', 'vendor_files__returns') }}
),

final as (
    select
        coalesce(return_id, _row_id) as return_id,
        order_id,
        sku,
        cast(quantity as bigint) as quantity,
        reason,
        returned_at,
        {{ broken_rules() }} as broken_rules,
        _ingest_ts,
        _ingest_date,
        _source,
        _load_id,
        _row_id,
        _version
    from checked
)

select * from final
