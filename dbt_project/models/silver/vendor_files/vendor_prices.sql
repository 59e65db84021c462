{{ config(unique_key=['vendor_id', 'sku', 'valid_from'], post_hook='{{ leave_quarantine() }}') }}

with

final as (
    {{ sound(
        ref('vendor_prices__checked'),
        key=['vendor_id', 'sku', 'valid_from_text'],
        again=[keys_with_changed_rate(
            ['vendor_id', 'sku', 'cast(valid_from as ' ~ dbt.type_string() ~ ')'],
            'unit_cost',
            'unit_cost_base',
            'valid_from',
        )],
    ) }}
)

select * from final
