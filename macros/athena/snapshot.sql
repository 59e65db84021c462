{#
  Snapshots on Athena, as dbt makes them elsewhere. dbt-athena 1.11's own materialization knows no
  `snapshot_meta_column_names`, and dbt's own one asks its adapter for a check in a way that it doesn't answer.
#}
{% materialization snapshot, adapter='athena' %}
    {%- set exists, target_relation = get_or_create_relation(
        database=model.database, schema=model.schema, identifier=model.alias, type='table'
    ) -%}
    {%- set strategy = strategy_dispatch(config.get('strategy'))(
        model, 'snapshotted_data', 'source_data', model.config, exists
    ) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if exists -%}
        {%- set staged = build_snapshot_staging_table(strategy, model.compiled_code, target_relation) -%}
        {%- set merged = snapshot_columns_merged(staged, target_relation) -%}
        {%- call statement('main') %}{{ snapshot_merge_sql(target_relation, staged, merged) }}{% endcall -%}
        {%- do drop_relation(staged) -%}
    {%- else -%}
        {%- set query = build_snapshot_table(strategy, model.compiled_code) -%}
        {%- call statement('main') %}{{ create_table_as(False, target_relation, query) }}{% endcall -%}
    {%- endif -%}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{# the columns that both hold, after the snapshot got those that it lacks #}
{% macro snapshot_columns_merged(staged, target_relation) %}
    {%- set passing = '^dbt_(change_type|unique_key.*)$' -%}
    {%- set missing = [] -%}
    {%- for column in adapter.get_missing_columns(staged, target_relation) if not modules.re.match(passing, column.name) -%}
        {%- do missing.append(column) -%}
    {%- endfor -%}
    {%- do alter_relation_add_columns(target_relation, missing, 'iceberg') -%}
    {%- set names = [] -%}
    {%- for column in adapter.get_columns_in_relation(staged) if not modules.re.match(passing, column.name) -%}
        {%- do names.append(column.quoted) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
