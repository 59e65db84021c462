{#
  dbt-athena's merge, told of `merge_delete_condition` (a model's config, or in its `meta`) as the other engines are: a
  matched row is deleted where it holds, a new row is not inserted. dbt-athena calls the new rows `src`.
#}
{% macro iceberg_merge(
    on_schema_change, tmp_relation, target_relation, unique_key, incremental_predicates, existing_relation,
    delete_condition, update_condition, insert_condition, force_batch, statement_name='main'
) %}
    {%- set condition = model_meta('merge_delete_condition') or '' -%}
    {%- set leaves = condition | replace('DBT_INTERNAL_SOURCE', 'src') -%}
    {{ return(dbt.iceberg_merge(
        on_schema_change, tmp_relation, target_relation, unique_key, incremental_predicates, existing_relation,
        leaves or delete_condition,
        update_condition,
        'not coalesce(' ~ leaves ~ ', false)' if leaves else insert_condition,
        force_batch,
        statement_name,
    )) }}
{% endmacro %}
