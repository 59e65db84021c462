{{ config(unique_key=['vendor_id', 'sku', 'valid_from_text']) }}

with

final as (
    {{ quarantined(ref('vendor_prices__checked')) }}
)

select * from final
