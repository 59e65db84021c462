{#
  Everything is Iceberg on Athena, the tables that unit tests make as well: Hive's hold no timestamp(6).
#}
{% macro resolve_table_type() %}
    {{- return('iceberg') -}}
{% endmacro %}
