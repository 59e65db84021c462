{# the staging relation is a temporary view: Sail loses the backticks of a lasting one #}
{% macro spark_build_snapshot_staging_table(strategy, sql, target_relation) %}
    {%- set staging = make_temp_relation(target_relation, '__dbt_tmp').incorporate(type='view') -%}
    {% call statement('build_snapshot_staging_relation') %}
        {{ create_temporary_view(staging, snapshot_staging_table(strategy, sql, target_relation)) }}
    {% endcall %}
    {% do return(staging) %}
{% endmacro %}


{# dbt-spark 1.11 returns DESCRIBE's rows, and hard_deletes: new_record then writes NULLs #}
{% macro lake__get_columns_in_relation(relation) %}
    {{ return(adapter.get_columns_in_relation(relation)) }}
{% endmacro %}


{% macro lake__create_columns(relation, columns) %}
    {% if columns %}{% do adapter.lake_add_columns(relation, columns) %}{% endif %}
{% endmacro %}
