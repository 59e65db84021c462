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

checked as (
    select
        prices.*,
        fx_rates.rate_to_base
    from prices
    left join fx_rates
        on
            prices.currency = fx_rates.ccy
            and {{ rate_day('prices.valid_day') }} = fx_rates.as_of_date
),

final as (
    select
        coalesce(vendor_id, _row_id) as vendor_id,
        coalesce(sku, _row_id) as sku,
        valid_day as valid_from,
        coalesce(cast(valid_day as {{ dbt.type_string() }}), valid_from, '') as valid_from_text,
        cost as unit_cost,
        unit_cost as unit_cost_text,
        currency,
        {{ to_base('cost', 'rate_to_base') }} as unit_cost_base,
        {{ broken_rules() }} as broken_rules,
        _ingest_ts,
        _ingest_date,
        _source,
        _load_id,
        _row_id,
        _version
    from checked
)

select * from final
