{#
    Prints what a target holds of each table to publish: one line of JSON a table, for `lakehouse publish`.

    A lake says name, version (of the Delta table, to which all the rest belongs), columns, key, rows and digest;
    Snowflake says name, rows and digest, both null where there is no copy or the contract has changed since.

    Example: dbt run-operation publish_state --target snowflake
    Engines: one macro for each kind of answer, below.
#}
{% macro publish_state() %}
    {%- for table in publish_tables() -%}
        {%- do publish_say(adapter.dispatch('publish_state_of')(table)) -%}
    {%- endfor -%}
{% endmacro %}

{% macro default__publish_state_of(table) %}
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
    {{ return({'name': table.name, 'rows': none, 'digest': none}) }}
{% endmacro %}

{# The table's newest version, and how a query names it. #}
{% macro publish_version(relation) %}{{ return(adapter.dispatch('publish_version')(relation)) }}{% endmacro %}
{% macro lake__publish_version(relation) %}{{ return(adapter.delta_version(relation)) }}{% endmacro %}
{% macro default__publish_version(relation) %}
    {{ return(run_query('describe history ' ~ relation ~ ' limit 1').rows[0]['version'] | int) }}
{% endmacro %}
{% macro publish_at(relation, version) %}{{ return(relation ~ ' version as of ' ~ version) }}{% endmacro %}

{# Rows and digest of whatever can stand after FROM. #}
{% macro publish_measure(source, columns) %}
    {%- set query -%}
        select
            count(*) as row_count,
            {{ set_digest(row_digest(columns)) }} as digest
        from {{ source }}
    {%- endset -%}
    {%- set row = run_query(query).rows[0] -%}
    {{ return({'rows': row[0] | int, 'digest': row[1] | string}) }}
{% endmacro %}

{# A line that the caller of the operation picks out of dbt's output. #}
{% macro publish_say(fact) %}{%- do print('publish: ' ~ tojson(fact)) -%}{% endmacro %}
