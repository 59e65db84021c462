{#
    Copies staged tables into Snowflake: each into a scratch table, which is measured there and becomes the visible copy
    only if rows and digest are the lake's. Prints one line of JSON a table: name, copied (whether it became visible),
    rows and digest of what was measured, and where these differ from the lake's the scratch table's groups of rows
    (publish_groups).

    Arguments: staged, a list of mappings: name, url (the folder of its Parquet files), files (how many),
    rows and digest (the lake's).
    Engines: Snowflake only.

    Buckets, and one transaction over all tables with the publish log in it, belong here: all DDL first, then
    publish_fill for every table between one begin and one commit.
#}
{% macro publish_copy(staged) %}
    {%- set tables = {} -%}
    {%- for table in publish_tables() -%}{%- do tables.update({table.name: table}) -%}{%- endfor -%}
    {#- Snowflake asks for the right to make a schema even where the schema exists -#}
    {%- for schema in [target.schema, target.schema ~ '_scratch'] if not adapter.check_schema_exists(target.database, schema) -%}
        {%- do run_query('create schema if not exists ' ~ target.database ~ '.' ~ schema) -%}
    {%- endfor -%}
    {%- for part in staged -%}
        {%- set table = tables[part.name] -%}
        {%- set scratch = publish_load(table, part) -%}
        {%- set loaded = publish_measure(scratch, table.columns) -%}
        {%- set wanted = {'rows': part.rows, 'digest': part.digest} -%}
        {%- set shown = publish_show(table, scratch, wanted) if loaded == wanted else loaded -%}
        {%- set groups = none if shown == wanted else publish_groups_of(part.name, none) -%}
        {%- if shown == wanted -%}{%- do adapter.drop_relation(scratch) -%}{%- endif -%}
        {%- do publish_say(dict(name=part.name, copied=shown == wanted, groups=groups, **shown)) -%}
    {%- endfor -%}
{% endmacro %}

{# The visible copy, and the scratch table, which lies beside it in a schema that nobody reads. #}
{% macro publish_copy_of(table) %}
    {{ return(api.Relation.create(
        database=target.database, schema=target.schema, identifier=table.name, type='table'
    )) }}
{% endmacro %}
{% macro publish_scratch_of(table) %}
    {{ return(api.Relation.create(
        database=target.database, schema=target.schema ~ '_scratch', identifier=table.name, type='table'
    )) }}
{% endmacro %}

{# Scratch table with the contract's types, filled from the stage. #}
{% macro publish_load(table, part) %}
    {%- set scratch = publish_scratch_of(table) -%}
    {%- set columns = [] -%}
    {%- for name, type in table.columns.items() -%}
        {%- do columns.append(publish_name(name) ~ ' ' ~ publish_snowflake_type(type, table.name ~ '.' ~ name)) -%}
    {%- endfor -%}
    {%- do run_query('create or replace transient table ' ~ scratch ~ ' (' ~ columns | join(', ') ~ ')') -%}
    {%- if part.files -%}
        {%- set copy -%}
            copy into {{ scratch }}
            from {{ publish_source(part.url) }}
            file_format = (type = parquet use_logical_type = true)
            match_by_column_name = case_insensitive
            on_error = abort_statement
        {%- endset -%}
        {%- do run_query(copy) -%}
    {%- endif -%}
    {{ return(scratch) }}
{% endmacro %}

{# Where COPY reads: through a named stage whose URL is LAKEHOUSE_STAGE, a storage integration, or as it is. #}
{% macro publish_source(url) %}
    {%- set stage = env_var('LAKEHOUSE_SNOWFLAKE_STAGE', '') -%}
    {%- set integration = env_var('LAKEHOUSE_SNOWFLAKE_STORAGE_INTEGRATION', '') -%}
    {%- set root = env_var('LAKEHOUSE_STAGE').rstrip('/') -%}
    {%- if stage -%}{{ return('@' ~ stage ~ url[root | length:]) }}{%- endif -%}
    {%- set literal = "'" ~ url | replace("'", "''") ~ "'" -%}
    {{ return(literal ~ (' storage_integration = ' ~ integration if integration else '')) }}
{% endmacro %}

{# Makes a proven scratch table visible and says what readers now see. Same columns as before: rows are exchanged in a
   transaction that is measured before it commits, so that grants and policies stay. Else one atomic replacement. #}
{% macro publish_show(table, scratch, wanted) %}
    {%- set copy = publish_copy_of(table) -%}
    {%- set held = load_relation(copy) -%}
    {%- if held and publish_shape(adapter.get_columns_in_relation(held)) == publish_contract_shape(table) -%}
        {%- do run_query('begin') -%}
        {%- set shown = publish_fill(table, scratch, copy) -%}
        {%- do run_query('commit' if shown == wanted else 'rollback') -%}
        {{ return(shown) }}
    {%- endif -%}
    {%- do run_query('create or replace table ' ~ copy ~ ' copy grants as select * from ' ~ scratch) -%}
    {{ return(publish_measure(copy, table.columns)) }}
{% endmacro %}

{% macro publish_fill(table, scratch, copy) %}
    {%- set names = publish_quoted(table.columns) | join(', ') -%}
    {%- do run_query('delete from ' ~ copy) -%}
    {%- do run_query('insert into ' ~ copy ~ ' (' ~ names ~ ') select ' ~ names ~ ' from ' ~ scratch) -%}
    {{ return(publish_measure(copy, table.columns)) }}
{% endmacro %}

{# Columns with their types, comparable: as Snowflake describes a table, and as the contract wants it. #}
{% macro publish_shape(columns) %}
    {%- set shape = [] -%}
    {%- for column in columns -%}
        {%- set digits = '(' ~ column.numeric_precision ~ ',' ~ column.numeric_scale ~ ')' -%}
        {%- do shape.append(column.name ~ ' ' ~ column.dtype | upper ~ (digits if column.numeric_precision else '')) -%}
    {%- endfor -%}
    {{ return(shape) }}
{% endmacro %}
{% macro publish_contract_shape(table) %}
    {%- set shape = [] -%}
    {%- for name, type in table.columns.items() -%}
        {%- set spelled = publish_snowflake_type(type, table.name ~ '.' ~ name) | upper -%}
        {%- set kind = spelled if spelled.startswith('NUMBER') else spelled.split('(')[0] -%}
        {%- do shape.append(name | upper ~ ' ' ~ kind) -%}
    {%- endfor -%}
    {{ return(shape) }}
{% endmacro %}
