{#
  A seed on Spark: the table is replaced, then filled. dbt-spark 1.11 sends NULL as the text 'None', does not escape
  quotes, and doubles the rows of a table with a location, whose files its DROP leaves behind.

  The lake's adapter has its own, but a project's macros go before an adapter's: so it is named here.
#}
{%- macro spark__create_csv_table(model, agate_table) -%}
    {%- set columns = [] -%}
    {%- for name, type in spark_seed_types(model, agate_table).items() -%}
        {%- do columns.append(adapter.quote_seed_column(name, model.config.get('quote_columns')) ~ ' ' ~ type) -%}
    {%- endfor -%}
    {%- set query -%}
        create or replace table {{ this }} ({{ columns | join(', ') }})
        {{ file_format_clause() }} {{ partition_cols(label='partitioned by') }} {{ location_clause() }}
    {%- endset -%}
    {%- do run_query(query) -%}
    {{- return(query) -}}
{%- endmacro -%}

{%- macro spark__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {{- return(create_csv_table(model, agate_table)) -}}
{%- endmacro -%}

{%- macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = spark_seed_types(model, agate_table) -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = [] -%}
        {%- for name, type in types.items() -%}
            {%- do values.append('cast(' ~ text_literal(row[name]) ~ ' as ' ~ type ~ ')') -%}
        {%- endfor -%}
        {%- do rows.append('(' ~ values | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- for part in rows | batch(1000) -%}
        {%- do adapter.add_query('insert into ' ~ this ~ ' values ' ~ part | join(', '), abridge_sql_log=True) -%}
    {%- endfor -%}
    {{- return('-- seeded ' ~ this) -}}
{%- endmacro -%}

{%- macro spark_seed_types(model, agate_table) -%}
    {%- set types = {} -%}
    {%- for name in agate_table.column_names -%}
        {%- set wanted = (model.config.column_types or {}).get(name) -%}
        {%- do types.update({name: wanted or adapter.convert_type(agate_table, loop.index0)}) -%}
    {%- endfor -%}
    {{- return(types) -}}
{%- endmacro -%}

{%- macro lake__create_csv_table(model, agate_table) -%}
    {{- return(dbt.lake__create_csv_table(model, agate_table)) -}}
{%- endmacro -%}

{%- macro lake__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {{- return(dbt.lake__reset_csv_table(model, full_refresh, old_relation, agate_table)) -}}
{%- endmacro -%}

{%- macro lake__load_csv_rows(model, agate_table) -%}
    {{- return(dbt.lake__load_csv_rows(model, agate_table)) -}}
{%- endmacro -%}
