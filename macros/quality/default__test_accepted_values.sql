{#
  dbt's test accepted_values, except that it fails with the rows and not with the values: so whoever looks has their
  keys, and rows are counted.

  Arguments
    values   the values that are accepted, besides NULL
    quote    whether they are texts
#}
{%- macro default__test_accepted_values(model, column_name, values, quote=True) -%}
select *
from {{ model }}
where {{ column_name }} not in (
    {%- for value in values -%}
    {{ text_literal(value) if quote else value }}{{ ', ' if not loop.last }}
    {%- endfor -%}
)
{%- endmacro -%}
