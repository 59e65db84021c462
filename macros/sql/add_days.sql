{#
  A date some days later (or earlier, where `days` is negative).

  Arguments
    day    SQL expression, a date
    days   SQL expression, a whole number

  Example
    {{ add_days('rate_date', '7') }}
#}
{%- macro add_days(day, days) -%}
    {{ adapter.dispatch('add_days')(day, days) }}
{%- endmacro -%}

{%- macro default__add_days(day, days) -%}
    {{ not_implemented('add_days') }}
{%- endmacro -%}

{%- macro spark__add_days(day, days) -%}
    date_add({{ day }}, cast({{ days }} as int))
{%- endmacro -%}

{%- macro athena__add_days(day, days) -%}
    date_add('day', {{ days }}, {{ day }})
{%- endmacro -%}
