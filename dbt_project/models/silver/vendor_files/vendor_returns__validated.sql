{{ config(unique_key='return_id') }}

with

returns as (
    {{ latest_version(ref('vendor_returns__versions'), ['return_id'], again=[rejected_keys()]) }}
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
        _load_id,
        {{ built_at() }} as _built_at
    from returns
)

{{ changed_rows('final', drop=false) }}
