{#
  The day of the week of a date, 1 for Monday to 7 for Sunday, as int.
#}
{%- macro iso_weekday(day) -%}
    {{ adapter.dispatch('iso_weekday')(day) }}
{%- endmacro -%}

{%- macro default__iso_weekday(day) -%}
    {{ not_written('iso_weekday') }}
{%- endmacro -%}

{%- macro spark__iso_weekday(day) -%}
    cast(weekday({{ day }}) + 1 as int)
{%- endmacro -%}
