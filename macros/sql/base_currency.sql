{#
  The currency that every `*_base` amount is in: LAKEHOUSE_BASE_CURRENCY, USD by default.

  Returns a string literal, such as 'USD'.
#}
{%- macro base_currency() -%}
    '{{ env_var('LAKEHOUSE_BASE_CURRENCY', 'USD') }}'
{%- endmacro -%}
