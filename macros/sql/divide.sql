{#
  A quotient, rounded half up to `scale` digits, the same on every engine; NULL where the divisor is 0 or NULL.

  Arguments
    dividend   SQL expression: a whole number or a decimal
    divisor    SQL expression: a whole number or a decimal of at most 10 digits after the point, below 10^8
    scale      digits after the point of the result, at most 10
    whole      digits before the point of the dividend, 14 by default; fewer leave more digits to round from
    digits     digits after the point of the dividend, 4 by default; with `whole` at most 22
  Returns decimal(18, scale).

  Example
    {{ divide('1', 'rate', 10, whole=1) }} as rate_to_base

  Engines: they keep different scales in a quotient (Sail the dividend's and 4 more, Spark what fits in 38 digits), so
  operands are cast to types that leave digits behind `scale` to round from: with 14 digits before the point 10 more
  than a scale of 4. Sail multiplies the dividend by 10^14 first, which must fit in 38 digits as well.
#}
{%- macro divide(dividend, divisor, scale, whole=14, digits=4) -%}
    cast(round({{ adapter.dispatch('quotient')(dividend, divisor, scale, whole, digits) }}, {{ scale }}) as decimal(18, {{ scale }}))
{%- endmacro -%}

{%- macro default__quotient(dividend, divisor, scale, whole, digits) -%}
    cast({{ dividend }} as decimal({{ whole + digits }}, {{ digits }})) / nullif(cast({{ divisor }} as decimal(18, 10)), 0)
{%- endmacro -%}

{%- macro lake__quotient(dividend, divisor, scale, whole, digits) -%}
    cast(cast({{ dividend }} as decimal({{ whole + digits }}, {{ digits }})) as decimal(24, {{ 24 - whole }})) / nullif(cast({{ divisor }} as decimal(18, 10)), 0)
{%- endmacro -%}

{# the scale of a quotient is the larger one of its operands' #}
{%- macro athena__quotient(dividend, divisor, scale, whole, digits) -%}
    cast(cast({{ dividend }} as decimal({{ whole + digits }}, {{ digits }})) as decimal(28, {{ 28 - whole }})) / nullif(cast({{ divisor }} as decimal(18, 10)), 0)
{%- endmacro -%}
