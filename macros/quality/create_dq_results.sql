{#
  Creates the table of test results where it is missing, and moves the rows of an older lake into it, which kept them in
  gold.dq_results. Killed at any step, it converges: runs that are there already are not moved again, and the old table
  is dropped last.

  Called by `on-run-start`, so that tests can ask it; only commands that record results create it.

  Example: on-run-start: ["{{ create_dq_results() }}"]
  Engines: Athena makes tables by a query only; Spark is given the folder that every engine keeps a table in.
#}
{%- macro create_dq_results() -%}
    {%- if execute and flags.WHICH in ('build', 'retry') -%}
        {%- set results = dq_results() -%}
        {%- if not load_cached_relation(results) -%}
            {%- do adapter.create_schema(results) -%}
            {%- call statement('create_dq_results', auto_begin=True) -%}
                {{ adapter.dispatch('dq_results_ddl')(results, dq_results_columns()) }}
            {%- endcall -%}
            {%- do adapter.cache_added(results) -%}
        {%- endif -%}
        {%- do move_dq_results(relation_of_prefix('gold', 'dq_results'), results) -%}
    {%- endif -%}
{%- endmacro -%}

{# Name -> Spark type, in order. #}
{%- macro dq_results_columns() -%}
    {%- set columns = {} -%}
    {%- for column in graph.sources['source.' ~ project_name ~ '.audit.dq_results'].columns.values() -%}
        {%- do columns.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{%- endmacro -%}

{%- macro default__dq_results_ddl(relation, columns) -%}
    create table if not exists {{ relation }} (
        {%- for name, type in columns.items() %}
        {{ name }} {{ type }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    using delta
{%- endmacro -%}

{%- macro spark__dq_results_ddl(relation, columns) -%}
    {{ default__dq_results_ddl(relation, columns) }}
    location '{{ env_var('LAKEHOUSE_ROOT') }}/{{ relation.schema }}/{{ relation.identifier }}'
{%- endmacro -%}

{%- macro lake__dq_results_ddl(relation, columns) -%}
    {{ default__dq_results_ddl(relation, columns) }}
{%- endmacro -%}

{%- macro athena__dq_results_ddl(relation, columns) -%}
    {%- set query -%}
        select
            {%- for name, type in columns.items() %}
            cast(null as {{ sql_type(type) }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        where false
    {%- endset -%}
    {{ create_table_as(False, relation, query) }}
{%- endmacro -%}

{# What an older lake recorded: without the numbers compared with, and a part is what has no rows_checked. #}
{%- macro move_dq_results(old, new) -%}
    {%- set held = load_cached_relation(old) -%}
    {%- if held -%}
        {%- set known = {
            'rows_before': 'cast(null as bigint)', 'is_partial': 'model is not null and rows_checked is null'
        } -%}
        {%- call statement('move_dq_results', auto_begin=True) -%}
            insert into {{ new }}
            select
                {%- for name in dq_results_columns() %}
                {{ known.get(name, name) }} as {{ name }}{{ ',' if not loop.last }}
                {%- endfor %}
            from {{ held }}
            where run_id not in (select run_id from {{ new }})
        {%- endcall -%}
        {%- do adapter.drop_relation(held) -%}
        {%- do log('moved the rows of ' ~ held ~ ' to ' ~ new, info=True) -%}
    {%- endif -%}
{%- endmacro -%}
