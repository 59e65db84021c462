{#
  dbt's merge of a snapshot, with the source's columns named in full: Trino takes them for ambiguous otherwise.
#}
{% macro athena__snapshot_merge_sql(target, source, insert_cols) -%}
    {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
    merge into {{ target }} as held
    using {{ source }} as staged
        on staged.{{ columns.dbt_scd_id }} = held.{{ columns.dbt_scd_id }}
    when matched and held.{{ columns.dbt_valid_to }} is null and staged.dbt_change_type in ('update', 'delete')
        then update set {{ columns.dbt_valid_to }} = staged.{{ columns.dbt_valid_to }}
    when not matched and staged.dbt_change_type = 'insert'
        then insert ({{ insert_cols | join(', ') }})
        values ({% for column in insert_cols %}staged.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
