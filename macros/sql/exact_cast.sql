{#
  A number as another numeric type, NULL where that type can't hold it exactly: a digit too many before the point or
  behind it. A plain cast rounds the one silently and stops the build for the other.

  Arguments
    value   SQL expression, a number
    type    Spark type: bigint (at most 18 digits), decimal(p,s)

  Example
    {{ exact_cast('total_amount', 'decimal(18, 2)') }} as total_amount

  Engines: they compare a number with another type in a type that both fit in, which may be too narrow for a large one:
  so a number out of range is NULL before it is compared.
#}
{%- macro exact_cast(value, type) -%}
    {%- set size = type | replace('bigint', 'decimal(18,0)') | replace('decimal(', '') | replace(')', '') -%}
    {%- set precision, scale = (size ~ ',0').split(',')[:2] | map('int') -%}
    {%- set limit = 10 ** (precision - scale) -%}
    {%- set held = 'case when ' ~ value ~ ' > -' ~ limit ~ ' and ' ~ value ~ ' < ' ~ limit ~ ' then ' ~ value ~ ' end' -%}
    case when try_cast({{ held }} as {{ type }}) = {{ held }} then try_cast({{ held }} as {{ type }}) end
{%- endmacro -%}
