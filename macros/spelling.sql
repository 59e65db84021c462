{#
  A country's name as the seed country_spellings spells it: small letters, no blanks around it, no full stops.

  Example
    left join spellings on {{ spelling('customers.country') }} = spellings.spelling
#}
{%- macro spelling(country) -%}
    lower({{ trimmed("replace(" ~ country ~ ", '.', '')") }})
{%- endmacro -%}
