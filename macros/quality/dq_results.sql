{#
  The table of test results, `<LAKEHOUSE_PREFIX>audit.dq_results`: one row for each run and test. It is state and no
  model, so `ref` does not know it: a build with `--defer` writes its own and never production's. Its columns are those
  of the source `audit` in dbt_project/models/audit/audit.yml.

  Example
    select * from {{ dq_results() }}
#}
{%- macro dq_results() -%}
    {{- return(relation_of_prefix('audit', 'dq_results')) -}}
{%- endmacro -%}

{# The same, or none in a lake that was never built. #}
{%- macro built_dq_results() -%}
    {{- return(load_cached_relation(dq_results()) if execute else none) -}}
{%- endmacro -%}

{# A table of this lake and prefix, by its schema and name. #}
{%- macro relation_of_prefix(schema, name) -%}
    {{- return(api.Relation.create(
        database=target.database or none, schema=generate_schema_name(schema, none) | trim, identifier=name, type='table'
    )) -}}
{%- endmacro -%}
