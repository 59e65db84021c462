{#
  A value out of JSON text, as text; NULL where the key is missing or the text is no JSON.

  Arguments
    json   SQL expression, a string
    key    a top-level key of letters, digits and underscores

  Example
    {{ json_get('properties', 'search_term') }} as search_term
#}
{%- macro json_get(json, key) -%}
    {{ adapter.dispatch('json_get')(json, key) }}
{%- endmacro -%}

{%- macro default__json_get(json, key) -%}
    {{ not_written('json_get') }}
{%- endmacro -%}

{%- macro spark__json_get(json, key) -%}
    get_json_object({{ json }}, '$.{{ key }}')
{%- endmacro -%}

{# json_extract_scalar gives no objects and arrays, json_format no text without its quotes #}
{%- macro athena__json_get(json, key) -%}
    coalesce(
        json_extract_scalar({{ json }}, '$.{{ key }}'),
        nullif(json_format(json_extract({{ json }}, '$.{{ key }}')), 'null')
    )
{%- endmacro -%}
