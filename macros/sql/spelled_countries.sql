{#
  Each way to write a country, as the seed country_spellings has it, with the country's code and what its phones are
  dialled with: a query with the columns `spelling`, `country` and `calling_code`.

  Example
    with countries as ({{ spelled_countries() }})
    … left join countries on {{ normalize_country('users.country') }} = countries.spelling
#}
{%- macro spelled_countries() -%}
    select
        spellings.spelling,
        spellings.country,
        countries.calling_code
    from {{ ref('country_spellings') }} as spellings
    left join {{ ref('countries') }} as countries on spellings.country = countries.country
{%- endmacro -%}
