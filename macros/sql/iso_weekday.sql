{#
  The day of the week of a date from 1900 on: 1 for Monday to 7 for Sunday, as int.

  Counted from 1900-01-01, a Monday: Sail's weekday() says -1 for a Sunday, and other engines start elsewhere.

  Example
    {{ iso_weekday('order_date') }} as day_of_week
#}
{%- macro iso_weekday(day) -%}
    cast(mod({{ days_between("date '1900-01-01'", day) }}, 7) + 1 as int)
{%- endmacro -%}
