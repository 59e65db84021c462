{#
    The merge of an incremental model with unique_key. Besides dbt-spark's configs it knows two conditions in SQL over
    DBT_INTERNAL_SOURCE (the model's rows) and DBT_INTERNAL_DEST (the table's):

        merge_delete_condition   a matched row is deleted where it holds, a new row is not inserted
        merge_update_condition   a matched row is updated only where it holds

    A delete condition that speaks of DBT_INTERNAL_DEST says nothing of new rows: they are inserted. Both stand in the
    model's `meta`, where dbt wants configs that it does not know, or beside its other configs.
#}
{% macro lake__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) %}
    {%- set columns = lake_fitting_columns(source, target) -%}
    {%- set keys = lake_keys(target, unique_key, columns) -%}
    {#- with nothing new, a merge would still read the whole table and commit a version that changes nothing -#}
    {%- if not run_query('select 1 as found from ' ~ source ~ ' limit 1').rows -%}
        {{ return('select 0 as merged') }}
    {%- endif -%}
    {%- set delete_condition = lake_meta('merge_delete_condition') -%}
    {%- set update_condition = lake_meta('merge_update_condition') -%}
    {%- set update_columns = get_merge_update_columns(
        config.get('merge_update_columns'), config.get('merge_exclude_columns'), columns
    ) or columns | map(attribute='quoted') | list -%}
    {%- set matches = (incremental_predicates or []) | list -%}
    {%- for key in keys -%}
        {%- do matches.append('DBT_INTERNAL_SOURCE.`' ~ key ~ '` = DBT_INTERNAL_DEST.`' ~ key ~ '`') -%}
    {%- endfor -%}

    {#- by key alone, and deleting by the new rows alone: the adapter can do that faster than Sail (merging.py) -#}
    {%- if keys and not (incremental_predicates or update_condition)
        and 'dbt_internal_dest' not in (delete_condition or '') | lower %}
    {{ lake_order('merge', target, {
        'rows': source | string,
        'on': keys,
        'update': update_columns | map('replace', '`', '') | list,
        'delete': delete_condition,
    }) }}
    {%- endif %}
    merge into {{ target }} as DBT_INTERNAL_DEST
    using {{ lake_checked(source, target, delete_condition) }} as DBT_INTERNAL_SOURCE
    on {{ matches | join(' and ') if keys else 'false' }}
    {% if delete_condition %}
    when matched and ({{ delete_condition }}) then delete
    {% endif %}
    when matched {% if update_condition %}and ({{ update_condition }}) {% endif %}then update set
    {%- for column in update_columns %}
        {{ column }} = DBT_INTERNAL_SOURCE.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
    when not matched
    {%- if delete_condition and 'dbt_internal_dest' not in delete_condition | lower %}
        and not coalesce({{ delete_condition }}, false)
    {%- endif %} then insert ({{ columns | map(attribute='quoted') | join(', ') }})
    values (
    {%- for column in columns %}
        DBT_INTERNAL_SOURCE.{{ column.quoted }}{{ ',' if not loop.last }}
    {%- endfor %}
    )
{% endmacro %}


{# The columns of unique_key, which may be written with backticks or capitals; also told of where there is no new row. #}
{% macro lake_keys(target, unique_key, columns) %}
    {%- set names = columns | map(attribute='name') | list -%}
    {%- set keys = [] -%}
    {%- for key in ([unique_key] if unique_key is string else unique_key or []) if key -%}
        {%- do keys.append(key | replace('`', '') | lower) -%}
        {%- if keys[-1] not in names -%}
            {%- do exceptions.raise_compiler_error(
                'unique_key ' ~ key ~ ' of ' ~ target ~ ' is no column of it: it has ' ~ names | join(', ')
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(keys) }}
{% endmacro %}


{% macro lake_meta(key) %}
    {{ return(config.meta_get(key) or config.get(key)) }}
{% endmacro %}


{# Sail's MERGE does not look at CHECK constraints: the rows that stay must pass them before. #}
{% macro lake_checked(source, target, delete_condition) %}
    {%- set checks = lake_checks() -%}
    {%- if not checks -%}
        {{ return(source) }}
    {%- endif -%}
    {%- set source_only = delete_condition and 'dbt_internal_dest' not in delete_condition | lower -%}
    {%- set conditions = [] -%}
    {%- for name, check in checks.items() -%}
        {%- set message = 'CHECK ' ~ name ~ ' (' ~ check ~ ') of ' ~ target ~ ' is violated' -%}
        {%- do conditions.append('if(' ~ check ~ ', true, raise_error(' ~ lake_literal(message) ~ '))') -%}
    {%- endfor -%}
    {%- set kept = 'case when ' ~ delete_condition ~ ' then true else ' if source_only else '' -%}
    {{ return(
        '(select * from ' ~ source ~ ' as DBT_INTERNAL_SOURCE where '
        ~ kept ~ conditions | join(' and ') ~ (' end' if source_only else '') ~ ')'
    ) }}
{% endmacro %}


{% macro lake_literal(text) %}
    {{ return("'" ~ text | replace("\\", "\\\\") | replace("'", "\\'") ~ "'") }}
{% endmacro %}


{#
    The table's columns that a model's rows fill, or an error where the rows don't fit. A column that the model no
    longer selects is an error too, unless append_new_columns says that old columns stay: new rows have NULL there.
#}
{% macro lake_fitting_columns(source, target) %}
    {%- set lenient = config.get('on_schema_change') == 'append_new_columns' -%}
    {{ return(adapter.lake_fitting_columns(source, target, lenient)) }}
{% endmacro %}


{% macro get_insert_into_sql(source_relation, target_relation) %}
    insert into {{ target_relation }}
    {{ lake_select_for(source_relation, target_relation) }}
{% endmacro %}


{# Every column of the table, in its order: Sail's INSERT goes by position. #}
{% macro lake_select_for(source, target) %}
    {%- set filled = lake_fitting_columns(source, target) | map(attribute='name') | list -%}
    {%- set columns = [] -%}
    {%- for column in adapter.get_columns_in_relation(target) -%}
        {%- do columns.append(
            column.quoted if column.name in filled else 'cast(null as ' ~ column.data_type ~ ') as ' ~ column.quoted
        ) -%}
    {%- endfor -%}
    select {{ columns | join(', ') }} from {{ source }}
{%- endmacro %}


{# Sail ignores partitionOverwriteMode, and would overwrite the whole table #}
{% macro get_insert_overwrite_sql(source_relation, target_relation, existing_relation) %}
    {%- if lake_partitions() -%}
        {{ lake_order('overwrite', target_relation, {'partition_by': lake_partitions(), 'checks': lake_checks()}) }}
    {%- else -%}
        insert overwrite table {{ target_relation }}
    {% endif -%}
    {{ lake_select_for(source_relation, target_relation) }}
{% endmacro %}


{% macro lake__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
    {% if remove_columns %}
        {% do exceptions.raise_compiler_error(
            relation ~ ' has columns that the model no longer selects (' ~ remove_columns | map(attribute='name') | join(', ')
            ~ ') and a lake drops none: build it anew with --full-refresh'
        ) %}
    {% endif %}
    {% if add_columns %}{% do adapter.lake_add_columns(relation, add_columns) %}{% endif %}
{% endmacro %}


{% macro lake__alter_column_type(relation, column_name, new_column_type) %}
    {% do exceptions.raise_compiler_error(
        relation ~ '.' ~ column_name ~ ' is now ' ~ new_column_type ~ ': build it anew with --full-refresh'
    ) %}
{% endmacro %}
