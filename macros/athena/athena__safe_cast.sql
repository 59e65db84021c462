{#
  dbt-athena's, with instants as unit tests write them (2026-10-01T02:00:00): Trino knows no T between day and time.
#}
{% macro athena__safe_cast(field, type) -%}
    {%- if type.lower().startswith('timestamp') and field | string | lower != 'null' -%}
        try_cast(replace({{ field }}, 'T', ' ') as timestamp(6))
    {%- else -%}
        try_cast({{ field }} as {{ type }})
    {%- endif -%}
{%- endmacro %}
