{#
  dbt-athena's drop, of Glue's entry and of the files behind it, for what is ours: Iceberg tables, and the files of a
  seed on their way into one. A Delta table of that name is the lake's, built by another engine.
#}
{% macro drop_relation_glue(relation) -%}
    {%- set kind = adapter.get_glue_table_type(relation) -%}
    {%- if kind and kind.value != 'iceberg_table' and not relation.identifier.endswith('__dbt_tmp') -%}
        {% do exceptions.raise_compiler_error(
            relation.schema ~ '.' ~ relation.identifier ~ ' is no Iceberg table: another engine keeps it, and its files'
            ~ ' would be deleted. Build with one engine only, or set LAKEHOUSE_PREFIX for this one'
        ) %}
    {%- endif -%}
    {%- do adapter.clean_up_table(relation) -%}
    {%- do adapter.delete_from_glue_catalog(relation) -%}
{%- endmacro %}
