{#
  The whole numbers from 0 to `count` - 1: a query with the one column `n`.

  Example
    with days_after as ({{ numbers(8) }})
#}
{%- macro numbers(count) -%}
    {%- for n in range(count) -%}
    select {{ n }} as n{{ ' union all ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
