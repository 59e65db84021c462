{#
  A config that dbt does not know: it stands in the model's `meta`, where dbt wants such ones, or beside its other
  configs. None where it is in neither.

  Example
    {%- set condition = model_meta('merge_delete_condition') -%}
#}
{%- macro model_meta(key) -%}
    {{- return(config.meta_get(key) or config.get(key)) -}}
{%- endmacro -%}
