{#
  Where a model goes: `<LAKEHOUSE_PREFIX><schema>`, with the schema that dbt_project.yml gives its folder.
  Without one (a model of your own, say) the target's schema, which holds the prefix already.
#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- else -%}
        {{ env_var('LAKEHOUSE_PREFIX', '') ~ (custom_schema_name | trim) }}
    {%- endif -%}
{%- endmacro -%}
