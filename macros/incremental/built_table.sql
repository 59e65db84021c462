{#
  The table that a model was built as, or none: for what comes before the model, and can't name it by `ref`.

  Example
    {%- set fact = built_table('fact_sales') -%}
#}
{%- macro built_table(name) -%}
    {{- return(table_of(node_of(name)) if execute else none) -}}
{%- endmacro -%}

{# A model in the graph, by its name. #}
{%- macro node_of(name) -%}
    {{- return(graph.nodes['model.' ~ project_name ~ '.' ~ name] if execute else none) -}}
{%- endmacro -%}

{# The table of a node of the graph: a model, a snapshot or a seed. #}
{%- macro table_of(node) -%}
    {{- return(load_cached_relation(
        api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)
    )) -}}
{%- endmacro -%}
