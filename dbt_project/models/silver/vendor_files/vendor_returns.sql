{{ config(unique_key='return_id') }}

with

validated as (
    {{ valid_rows(ref('vendor_returns__validated')) }}
),

final as (
    select
        return_id,
        order_id,
        sku,
        quantity,
        reason,
        returned_at,
        _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from validated
)

select * from final
