{#
  The whole numbers from 0 to `count` - 1: a query with the one column `n`.

  Example
    with days_after as ({{ integers(8) }})
#}
{%- macro integers(count) -%}
    {%- for n in range(count) -%}
    select {{ n }} as n{{ ' union all ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
