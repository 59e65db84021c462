{{ config(unique_key=['vendor_id', 'sku', 'valid_from']) }}

with

validated as (
    {{ valid_rows(ref('vendor_prices__validated')) }}
),

final as (
    select
        vendor_id,
        sku,
        valid_from,
        unit_cost,
        currency,
        unit_cost_base,
        _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from validated
)

select * from final
