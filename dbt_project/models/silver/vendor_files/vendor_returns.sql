{{ config(unique_key='return_id') }}

with

returns as (
    {{ latest_version(source('bronze', 'vendor_files__returns'), ['return_id']) }}
),

final as (
    select
        return_id,
        order_id,
        sku,
        cast(quantity as bigint) as quantity,
        reason,
        returned_at,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from returns
)

select * from final
