{{ config(materialized='ephemeral') }}

with

prices as (
    select
        *,
        {{ try_cast(trimmed('unit_cost'), 'decimal(18, 2)') }} as cost,
        {{ try_cast(trimmed('valid_from'), 'date') }} as valid_day
    from {{ source('bronze', 'vendor_files__price_list') }}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

final as (
    select
        coalesce(prices.vendor_id, prices._row_id) as vendor_id,
        coalesce(prices.sku, prices._row_id) as sku,
        prices.valid_day as valid_from,
        coalesce(cast(prices.valid_day as {{ dbt.type_string() }}), prices.valid_from, '') as valid_from_text,
        prices.cost as unit_cost,
        prices.unit_cost as unit_cost_text,
        prices.currency,
        {{ to_base('prices.cost', 'fx_rates.rate_to_base') }} as unit_cost_base,
        {{ broken_rules({
            'no_key': 'prices.vendor_id is null or prices.sku is null',
            'bad_unit_cost': 'prices.cost is null or prices.cost < 0',
            'bad_valid_from': 'prices.valid_day is null',
        }) }} as broken_rules,
        {{ provenance('prices') }}
    from prices
    left join fx_rates
        on
            prices.currency = fx_rates.ccy
            and {{ rate_day('prices.valid_day') }} = fx_rates.as_of_date
)

select * from final
