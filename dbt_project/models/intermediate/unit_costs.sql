with

prices as (
    {{ last_valid(
        'vendor_prices',
        key=['vendor_id', 'sku', 'valid_from_text'],
        columns=['vendor_id', 'sku', 'valid_from', 'unit_cost_base'],
    ) }}
),

offers as (
    select
        sku,
        valid_from,
        unit_cost_base,
        row_number() over (partition by sku, valid_from order by unit_cost_base, vendor_id) as place
    from prices
    where unit_cost_base is not null
),

final as (
    select
        sku,
        valid_from,
        lead(valid_from) over (partition by sku order by valid_from) as valid_to,
        unit_cost_base
    from offers
    where place = 1
)

select * from final
