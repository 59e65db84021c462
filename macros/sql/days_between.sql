{#
  Days from one date to a later one (0 on the same day), as int.

  Example
    {{ days_between('last_order_date', run_date()) }} as days_since_order
#}
{%- macro days_between(first, last) -%}
    {{ adapter.dispatch('days_between')(first, last) }}
{%- endmacro -%}

{%- macro default__days_between(first, last) -%}
    {{ not_implemented('days_between') }}
{%- endmacro -%}

{%- macro spark__days_between(first, last) -%}
    cast(datediff({{ last }}, {{ first }}) as int)
{%- endmacro -%}

{%- macro athena__days_between(first, last) -%}
    cast(date_diff('day', {{ first }}, {{ last }}) as int)
{%- endmacro -%}
