{#
  A decimal rounded to `scale` digits, halves away from zero (2.5 -> 3, -2.5 -> -3), as decimal(`precision`, `scale`).

  Arguments
    value       SQL expression, a decimal
    scale       digits after the point
    precision   digits in all, 18 by default

  Example
    {{ round_half_up('total_amount * rate_to_base', 4) }} as total_amount_base

  Engines: round() of a decimal does it on Sail, Spark, Trino and Snowflake. Amounts are decimal(18,2) and rates
  decimal(18,10), so the product fits in 38 digits and is exact everywhere.
#}
{%- macro round_half_up(value, scale, precision=18) -%}
    cast(round({{ value }}, {{ scale }}) as decimal({{ precision }}, {{ scale }}))
{%- endmacro -%}
