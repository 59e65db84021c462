{#
    Prints what a target holds of each table to publish: one line of JSON a table, for `lakehouse publish`.

    A lake says name, version (of the Delta table, to which all the rest belongs), columns, key, rows and digest;
    Snowflake says name, rows (null where there is no copy) and digest (null also where the contract has changed since).

    Example: dbt run-operation publish_state --target snowflake
    Engines: one macro for each kind of answer, below.
#}
{% macro publish_state() %}
    {%- for table in publish_tables() -%}
        {%- do publish_say(adapter.dispatch('publish_state_of')(table)) -%}
    {%- endfor -%}
{% endmacro %}

{% macro default__publish_state_of(table) %}
    {%- do publish_check_contract(table) -%}
    {%- set version = publish_version(table.relation) -%}
    {%- set held = publish_measure(publish_at(table.relation, version), table.columns) -%}
    {%- set relation = {'schema': table.relation.schema, 'identifier': table.relation.identifier} -%}
    {{ return(dict(table, relation=relation, version=version, **held)) }}
{% endmacro %}

{% macro snowflake__publish_state_of(table) %}
    {%- set copy = publish_copy_of(table) -%}
    {%- set held = load_relation(copy) -%}
    {%- if held and publish_shape(adapter.get_columns_in_relation(held)) == publish_contract_shape(table) -%}
        {{ return(dict(name=table.name, **publish_measure(copy, table.columns))) }}
    {%- endif -%}
    {%- set rows = run_query('select count(*) from ' ~ copy).rows[0][0] | int if held else none -%}
    {{ return({'name': table.name, 'rows': rows, 'digest': none}) }}
{% endmacro %}

{# Stops where the lake's table is not what its YAML says now: its copy would not be either. #}
{% macro publish_check_contract(table) %}
    {%- set held = {} -%}
    {%- for column in adapter.get_columns_in_relation(table.relation) -%}
        {%- do held.update({column.name: column.dtype}) -%}
    {%- endfor -%}
    {%- set wrong = [] -%}
    {%- for name, type in table.columns.items() if held.get(name) != type -%}
        {%- do wrong.append(name ~ ' is ' ~ (held.get(name) or 'missing') ~ ', not ' ~ type) -%}
    {%- endfor -%}
    {%- if not held or wrong -%}
        {%- do exceptions.raise_compiler_error(
            "publish: " ~ table.relation ~ ' ' ~ ('is not what its contract says: ' ~ wrong | join('; ') if held else 'does not exist')
            ~ "; build it first: dbt build -s " ~ table.name
        ) -%}
    {%- endif -%}
{% endmacro %}

{# The table's newest version, and how a query names it. #}
{% macro publish_version(relation) %}{{ return(adapter.dispatch('publish_version')(relation)) }}{% endmacro %}
{% macro lake__publish_version(relation) %}{{ return(adapter.lake_version(relation)) }}{% endmacro %}
{% macro default__publish_version(relation) %}
    {{ return(run_query('describe history ' ~ relation ~ ' limit 1').rows[0]['version'] | int) }}
{% endmacro %}
{% macro publish_at(relation, version) %}{{ return(relation ~ ' version as of ' ~ version) }}{% endmacro %}

{# Rows and digest of whatever can stand after FROM. The digest travels as text: clients make less of 38 digits. #}
{% macro publish_measure(source, columns) %}
    {%- set query -%}
        select
            count(*) as row_count,
            cast({{ set_digest(row_digest(publish_quoted(columns))) }} as string) as digest
        from {{ source }}
    {%- endset -%}
    {%- set row = run_query(query).rows[0] -%}
    {{ return({'rows': row[0] | int, 'digest': row[1] | string}) }}
{% endmacro %}

{# Columns by their quoted names: reserved words may be names too. #}
{% macro publish_quoted(columns) %}
    {%- set quoted = {} -%}
    {%- for name, type in columns.items() -%}{%- do quoted.update({publish_name(name): type}) -%}{%- endfor -%}
    {{ return(quoted) }}
{% endmacro %}
{% macro publish_name(name) %}{{ return(adapter.dispatch('publish_name')(name)) }}{% endmacro %}
{% macro default__publish_name(name) %}{{ return(adapter.quote(name)) }}{% endmacro %}
{# What an unquoted name means in Snowflake. #}
{% macro snowflake__publish_name(name) %}{{ return('"' ~ name | upper ~ '"') }}{% endmacro %}

{# A line that the caller of the operation picks out of dbt's output. #}
{% macro publish_say(fact) %}{%- do print('publish: ' ~ tojson(fact)) -%}{% endmacro %}
