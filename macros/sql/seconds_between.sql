{#
  Whole seconds from one instant to a later one, fractions cut, as bigint.

  Example
    {{ seconds_between('started_at', 'ended_at') }} as session_seconds
#}
{%- macro seconds_between(first, last) -%}
    {{ adapter.dispatch('seconds_between')(first, last) }}
{%- endmacro -%}

{%- macro default__seconds_between(first, last) -%}
    {{ not_implemented('seconds_between') }}
{%- endmacro -%}

{%- macro spark__seconds_between(first, last) -%}
    cast((unix_micros({{ last }}) - unix_micros({{ first }})) div 1000000 as bigint)
{%- endmacro -%}

{%- macro athena__seconds_between(first, last) -%}
    date_diff('millisecond', {{ first }}, {{ last }}) / 1000
{%- endmacro -%}
