{#
  dbt-athena's CREATE TABLE AS, with columns of types that Athena writes into Iceberg, and a contract's types held.

  Athena reads a Delta instant as timestamp(3) with time zone and refuses all but timestamp(6) without a zone; smallint
  and tinyint it refuses as well. The columns are asked of a query that returns no rows. Athena replaces no table: one of
  that name is dropped, where who asks has not yet done so (rows that failed a test).
#}
{% macro athena__create_table_as(temporary, relation, compiled_code, language='sql', skip_partitioning=false) -%}
    {%- set held = adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
    {%- if held and not temporary -%}{%- do adapter.drop_relation(held) -%}{%- endif -%}
    {{ dbt.athena__create_table_as(temporary, relation, athena_typed(compiled_code), language, skip_partitioning) }}
{%- endmacro %}


{% macro athena_typed(query) -%}
    {%- set written = {'timestamp': 'timestamp(6)', 'smallint': 'integer', 'tinyint': 'integer', 'char': 'varchar'} -%}
    {%- set contract = model.columns if config.get('contract').enforced else {} -%}
    select
        {%- for column in get_column_schema_from_query(query) %}
        {%- set declared = contract.get(column.name, {}).get('data_type') %}
        {%- set type = sql_type(declared) if declared else written.get(column.dtype.split(' ')[0] | lower) %}
        {%- set in_utc = " at time zone 'UTC'" if 'timestamp' in column.dtype | lower else '' %}
        {% if type -%} cast({{ column.quoted ~ in_utc }} as {{ type }}) as {{ column.quoted }}
        {%- else -%} {{ column.quoted }} {%- endif -%}
        {{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ query }}
    ) as typed
{%- endmacro %}
