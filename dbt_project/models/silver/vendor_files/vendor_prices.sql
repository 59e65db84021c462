{{ config(unique_key=['vendor_id', 'sku', 'valid_from'], post_hook='{{ leave_quarantine() }}') }}

with

prices as (
    {{ latest_version(
        ref('vendor_prices__checked'),
        ['vendor_id', 'sku', 'valid_from_text'],
        again=[
            'select vendor_id, sku, valid_from_text from ' ~ ref('vendor_prices__quarantine'),
            rates_changed(
                ['vendor_id', 'sku', 'cast(valid_from as ' ~ dbt.type_string() ~ ')'],
                'unit_cost',
                'unit_cost_base',
                'valid_from',
            ),
        ],
    ) }}
),

final as (
    select
        vendor_id,
        sku,
        valid_from,
        unit_cost,
        currency,
        unit_cost_base,
        {{ loaded_at() }} as _loaded_at,
        _source,
        _load_id
    from prices
    where {{ kept() }}
)

select * from final
