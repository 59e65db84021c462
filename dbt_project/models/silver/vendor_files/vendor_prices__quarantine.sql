{{ config(unique_key=['vendor_id', 'sku', 'valid_from_text']) }}

with

prices as (
    {{ latest_version(
        ref('vendor_prices__checked'),
        ['vendor_id', 'sku', 'valid_from_text'],
        model=quarantined_model(),
        again=['select vendor_id, sku, valid_from_text from ' ~ this],
    ) }}
),

final as (
    select
        vendor_id,
        sku,
        valid_from_text,
        valid_from,
        unit_cost_text,
        currency,
        broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id
    from prices
    where broken_rules is not null
)

select * from final
