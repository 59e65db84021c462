{#
  The merge of an incremental model on Spark, with what dbt-spark's lacks (adapters/dbt-lake/README.md has both):

    merge_delete_condition   a matched row is deleted where it holds, a new row is not inserted
    merge_update_condition   a matched row is updated only where it holds

  over DBT_INTERNAL_SOURCE (the model's rows) and DBT_INTERNAL_DEST (the table's), in the model's `meta`. A column that
  the model no longer selects stays, NULL in new rows. Where the model has no rows, nothing is merged: a merge would read
  the whole table and commit a version that changes nothing.

  The lake's adapter has its own, but a project's macros go before an adapter's: so it is named here.
#}
{%- macro spark__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- if not run_query('select 1 as found from ' ~ source ~ ' limit 1').rows -%}
        {{- return('select 0 as merged') -}}
    {%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(source) | map(attribute='quoted') | list -%}
    {%- set delete_condition = model_meta('merge_delete_condition') -%}
    {%- set update_condition = model_meta('merge_update_condition') -%}
    {%- set matches = (incremental_predicates or []) | list -%}
    {%- for key in ([unique_key] if unique_key is string else unique_key) -%}
        {%- do matches.append('DBT_INTERNAL_SOURCE.' ~ key ~ ' = DBT_INTERNAL_DEST.' ~ key) -%}
    {%- endfor -%}
    merge into {{ target }} as DBT_INTERNAL_DEST
    using {{ source }} as DBT_INTERNAL_SOURCE
    on {{ matches | join(' and ') }}
    {%- if delete_condition %}
    when matched and ({{ delete_condition }}) then delete
    {%- endif %}
    when matched {{ 'and (' ~ update_condition ~ ')' if update_condition }} then update set
    {%- for column in columns %}
        {{ column }} = DBT_INTERNAL_SOURCE.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
    when not matched
    {%- if delete_condition and 'dbt_internal_dest' not in delete_condition | lower %}
        and not coalesce({{ delete_condition }}, false)
    {%- endif %} then insert ({{ columns | join(', ') }})
    values (
    {%- for column in columns %}
        DBT_INTERNAL_SOURCE.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
    )
{%- endmacro -%}

{%- macro lake__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {{- return(dbt.lake__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates)) -}}
{%- endmacro -%}
