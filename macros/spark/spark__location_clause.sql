{#
  Where Spark keeps a table: `<LAKEHOUSE_ROOT>/<schema>/<table>`, as every engine does. So the catalogue may be lost,
  and a table that is dropped and made again stays one Delta log.

  Part of: create table …, seeds.
#}
{%- macro spark__location_clause() -%}
    location '{{ env_var('LAKEHOUSE_ROOT') }}/{{ model.schema }}/{{ model.alias }}'
{%- endmacro -%}
