{#
  An amount in base currency: amount times rate, rounded half up to 4 digits, decimal(18,4). The one rounding of money.

  Arguments
    amount   SQL expression, decimal(18,2) or, for prices, (18,4)
    rate     SQL expression, decimal(18,10), silver.fx_rates.rate_to_base

  Example
    {{ to_base('total_amount', 'fx_rates.rate_to_base') }} as total_amount_base
#}
{%- macro to_base(amount, rate='rate_to_base') -%}
    {{ round_half_up(amount ~ ' * ' ~ rate, 4) }}
{%- endmacro -%}
