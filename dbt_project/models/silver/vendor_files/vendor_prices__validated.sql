{{ config(unique_key=['vendor_id', 'sku', 'valid_from_text']) }}

with

prices as (
    {{ latest_version(
        ref('vendor_prices__versions'),
        ['vendor_id', 'sku', 'valid_from_text'],
        again=[
            rejected_keys(),
            keys_with_changed_rate(
                ['vendor_id', 'sku', 'valid_from_text'], 'unit_cost', 'unit_cost_base', 'valid_from'
            ),
        ],
    ) }}
),

final as (
    select
        vendor_id,
        sku,
        valid_from,
        valid_from_text,
        unit_cost,
        unit_cost_text,
        currency,
        unit_cost_base,
        broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from prices
)

{{ changed_rows('final', drop=false) }}
