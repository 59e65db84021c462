{#
  A value out of JSON text, as text; NULL where the key is missing or the text is no JSON.

  Arguments
    json   SQL expression, a string
    key    a top-level key of letters, digits and underscores

  A number keeps its value, not always its spelling: 10.50 may come as 10.5, so cast it. Engines differ where the number
  has an exponent (1e3, 1000.0) or a key is there twice.

  Example
    {{ json_get('properties', 'search_term') }} as search_term
#}
{%- macro json_get(json, key) -%}
    {{ adapter.dispatch('json_get')(json, key) }}
{%- endmacro -%}

{%- macro default__json_get(json, key) -%}
    {{ not_implemented('json_get') }}
{%- endmacro -%}

{# get_json_object and from_json of Spark make a double of 98765432109876.54, and write 10000000.00 as 1.0E7 #}
{%- macro spark__json_get(json, key) -%}
    variant_get(try_parse_json({{ json }}), '$.{{ key }}', 'string')
{%- endmacro -%}

{%- macro lake__json_get(json, key) -%}
    get_json_object({{ json }}, '$.{{ key }}')
{%- endmacro -%}

{# json_extract_scalar gives no objects and arrays, json_format no text without its quotes #}
{%- macro athena__json_get(json, key) -%}
    coalesce(
        json_extract_scalar({{ json }}, '$.{{ key }}'),
        nullif(json_format(json_extract({{ json }}, '$.{{ key }}')), 'null')
    )
{%- endmacro -%}
