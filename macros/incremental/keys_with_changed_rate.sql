{#
  The keys of a model's rows whose amount in base currency is not what today's silver.fx_rates makes of it: their day's
  rate was carried, intraday or missing when they were built. A query for latest_version's `again`.

  Arguments
    key        list of columns
    amount     the column in `currency`
    in_base    the column in base currency that it was turned into
    day        SQL expression of the day whose rate counts; days after today count as today

  Example
    {{ keys_with_changed_rate(['order_id'], 'total_amount', 'total_amount_base', 'order_date') }}
#}
{%- macro keys_with_changed_rate(key, amount, in_base, day) -%}
    {%- set rates = ref('fx_rates') -%}
    select {{ key | join(', ') }}
    from (
        select built.*, {{ to_base(amount, 'rates.rate_to_base') }} as now_in_base
        from {{ this }} as built
        left join (select ccy, as_of_date, rate_to_base from {{ rates }}) as rates
            on built.currency = rates.ccy and {{ rate_day(day) }} = rates.as_of_date
    ) as compared
    where {{ in_base }} is distinct from now_in_base
{%- endmacro -%}
