{#
  The columns of the model's `unique_key`, as a list, whether it is configured as one name or as several.

  Example
    {%- set key = unique_key_columns() -%}
#}
{%- macro unique_key_columns() -%}
    {%- set key = model.config.unique_key -%}
    {{- return([key] if key is string else (key or [])) -}}
{%- endmacro -%}
