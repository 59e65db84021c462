{#
  Whether a date can be a day of business: from 2000 to today. Never NULL.

  Example
    {{ in_range('order_date') }}
#}
{%- macro in_range(day) -%}
    coalesce({{ day }} between date '2000-01-01' and {{ run_date() }}, false)
{%- endmacro -%}
