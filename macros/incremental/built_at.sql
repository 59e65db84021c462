{#
  When this build began, as a literal: what a model writes into `_built_at` of every row that it writes. So a model that
  reads it finds what has changed since its own last build, also rows that left quarantine or have another rate, which
  no load brought. One build at a time has the lake (adapters/dbt-lake/README.md), so instants rise from build to build.

  Columns `_built_at` differ between a lake and the same built from scratch; nothing else may depend on them.

  Example: dbt_project/models/silver/snowflake/orders__validated.sql
#}
{%- macro built_at() -%}
    cast('{{ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') }}' as {{ sql_type('timestamp') }})
{%- endmacro -%}

{#
  When a model was last built, as a literal; none where everything has to be looked at: there is no table, it lacks a
  column that the model has by now, or it was built by a clock that was ahead of this one. A build that changed nothing
  has left no trace, which is no harm.

  Arguments
    name   of a model with `_built_at`

  Example: dbt_project/models/intermediate/touched_orders.sql
#}
{%- macro last_built_at(name) -%}
    {%- set table = built_table(name) -%}
    {%- if table and not lacks_columns(node_of(name), table) -%}
        {%- set query = 'select ' ~ canonical_text('max(_built_at)', 'timestamp') ~ ' as newest from ' ~ table -%}
        {%- set newest = run_query(query).rows[0][0] -%}
        {%- if newest and newest < run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') -%}
            {{- return("cast('" ~ newest ~ "' as " ~ sql_type('timestamp') ~ ')') -}}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}

{#
  The condition on a table's rows that were written since an instant: true for all where it is not known, or the table
  has no stamps yet. The last part is always true, for Sail to keep the few keys of a join in memory, and not the whole
  table (see new_rows).

  Arguments
    table     the relation
    instant   as last_built_at gives it
    text      a column of texts without NULL or ''
#}
{%- macro written_since(table, instant, text='_source') -%}
    {%- if instant and has_column(table, '_built_at') -%}
        {{- '_built_at > ' ~ instant ~ ' and coalesce(length(' ~ text ~ '), 1) > 0' -}}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro -%}

{%- macro has_column(table, name) -%}
    {{- return(execute and name in adapter.get_columns_in_relation(table) | map(attribute='name')) -}}
{%- endmacro -%}

{# Whether a table has not all the columns that its model's YAML has: it was built by an older text of the model. #}
{%- macro lacks_columns(node, table) -%}
    {%- set held = adapter.get_columns_in_relation(table) | map(attribute='name') | list if execute else [] -%}
    {{- return(execute and node.columns.values() | rejectattr('name', 'in', held) | list | length > 0) -}}
{%- endmacro -%}
