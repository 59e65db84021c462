{{ config(unique_key='ccy') }}

with

currencies as (
    select * from {{ ref('currencies') }}
),

fx_rates as (
    select
        *,
        min(as_of_date) over (partition by ccy) as first_rate_date,
        row_number() over (partition by ccy order by as_of_date desc) as recency
    from {{ ref('fx_rates') }}
),

final as (
    select
        currencies.currency as ccy,
        currencies.currency_name,
        currencies.minor_units,
        currencies.currency = {{ base_currency() }} as is_base,
        coalesce(fx_rates.as_of_date = {{ run_date() }}, false) as is_quoted,
        fx_rates.first_rate_date,
        fx_rates.as_of_date as last_rate_date,
        fx_rates.rate_to_base,
        fx_rates.rate_category
    from currencies
    left join fx_rates
        on
            currencies.currency = fx_rates.ccy
            and fx_rates.recency = 1
)

select * from final
