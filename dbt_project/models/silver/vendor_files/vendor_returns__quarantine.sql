{{ config(unique_key='return_id') }}

with

returns as (
    {{ latest_version(
        ref('vendor_returns__checked'),
        ['return_id'],
        model=quarantined_model(),
        again=['select return_id from ' ~ this],
    ) }}
),

final as (
    select
        return_id,
        order_id,
        sku,
        quantity,
        reason,
        returned_at,
        broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from returns
    where broken_rules is not null
)

select * from final
