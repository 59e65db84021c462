{#
  Snapshots on Athena, where dbt-athena 1.11 differs from what the other engines do.

  The id of a version is made of the same text as theirs: instants without the zeros that end their fraction, small
  hex digits. The merge knows the names that `snapshot_meta_column_names` gives.
#}
{% macro athena__snapshot_hash_arguments(args) -%}
    {%- set texts = [] -%}
    {%- for arg in args -%}
        {%- set text = 'cast(' ~ arg ~ ' as varchar)' -%}
        {%- set instant = "'^([0-9-]{10} [0-9:]{8}([.][0-9]*[1-9])?)[.]?0*$'" -%}
        {%- do texts.append('coalesce(regexp_replace(' ~ text ~ ', ' ~ instant ~ ", '$1'), '')") -%}
    {%- endfor -%}
    {{ adapter.dispatch('md5_of_text')(texts | join(" || '|' || ")) }}
{%- endmacro %}


{% macro iceberg_snapshot_merge_sql(target, source, insert_cols) %}
    {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
    merge into {{ target }} as held
    using {{ source }} as staged
        on staged.{{ columns.dbt_scd_id }} = held.{{ columns.dbt_scd_id }}
    when matched and held.{{ columns.dbt_valid_to }} is null and staged.dbt_change_type in ('update', 'delete')
        then update set {{ columns.dbt_valid_to }} = staged.{{ columns.dbt_valid_to }}
    when not matched and staged.dbt_change_type = 'insert'
        then insert ({{ insert_cols | join(', ') }})
        values ({% for column in insert_cols %}staged.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
{% endmacro %}
