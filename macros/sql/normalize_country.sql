{#
  A country's name as the seed country_spellings spells it: small letters, no blanks around it, no full stops.

  Example
    left join spellings on {{ normalize_country('customers.country') }} = spellings.spelling
#}
{%- macro normalize_country(country) -%}
    lower({{ trimmed("replace(" ~ country ~ ", '.', '')") }})
{%- endmacro -%}
