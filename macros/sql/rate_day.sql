{#
  The day whose rate counts for a day: the day itself, or today where it is later or missing.

  least() skips a NULL on some engines and gives NULL on others.

  Example
    and {{ rate_day('opportunities.close_date') }} = fx_rates.as_of_date
#}
{%- macro rate_day(day) -%}
    case when {{ day }} < {{ run_date() }} then {{ day }} else {{ run_date() }} end
{%- endmacro -%}
