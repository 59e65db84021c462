{#
  The table that a model was built as, or none: for what comes before the model, and can't name it by `ref`.

  Example
    {%- set fact = built_table('fact_sales') -%}
#}
{%- macro built_table(name) -%}
    {{- return(table_of('model.' ~ project_name ~ '.' ~ name) if execute else none) -}}
{%- endmacro -%}

{# The same by a node's key in the graph: a model, a snapshot or a seed. #}
{%- macro table_of(key) -%}
    {%- set node = graph.nodes[key] -%}
    {{- return(load_cached_relation(
        api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)
    )) -}}
{%- endmacro -%}
