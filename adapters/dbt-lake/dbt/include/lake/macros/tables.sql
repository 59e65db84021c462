{% macro lake__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- if language != 'sql' -%}
        {% do exceptions.raise_compiler_error('the lake adapter runs SQL models only: ' ~ relation) %}
    {%- elif temporary and model.resource_type == 'unit_test' -%}
        {#- asks for columns only -#}
        {{ spark__create_temporary_view(relation, compiled_code) }}
    {%- elif temporary -%}
        {{ create_temporary_view(relation, compiled_code) }}
    {%- else -%}
        {%- if config.get('contract').enforced -%}
            {%- do get_assert_columns_equivalent(compiled_code) -%}
            {%- set compiled_code = get_select_subquery(compiled_code) -%}
        {%- endif -%}
        {{ lake_order('replace', relation, {
            'partition_by': lake_partitions(),
            'not_null': lake_required(),
            'checks': lake_checks(),
            'properties': config.get('tblproperties') or {},
        }) }}
        {{- compiled_code }}
    {%- endif -%}
{%- endmacro %}


{% macro lake__create_temporary_view(relation, compiled_code) -%}
    {{ lake_order('stage', relation, {'view': relation | string}) }}
    {{- compiled_code }}
{%- endmacro %}


{# dbt-spark's drops the old table first unless file_format says delta; here everything is Delta #}
{% materialization table, adapter='lake' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') %}{{ create_table_as(False, target_relation, compiled_code) }}{% endcall %}
    {% do apply_grants(target_relation, config.get('grants'), false) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{# part of the order to create the table #}
{% macro lake__persist_constraints(relation, model) %}{% endmacro %}


{% macro dbt_spark_validate_get_file_format(raw_file_format) %}
    {%- if config.get('file_format', 'delta') != 'delta' -%}
        {% do exceptions.raise_compiler_error('file_format of ' ~ this ~ ' must be delta: a lake holds nothing else') %}
    {%- endif -%}
    {{ return('delta') }}
{% endmacro %}


{% macro lake__persist_docs(relation, model, for_relation, for_columns) %}
    {% if relation.is_view %}{{ return('') }}{% endif %}
    {% set columns = {} %}
    {% if for_columns and config.persist_column_docs() and model.columns %}
        {% set existing = adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
        {% for name, column in validate_doc_columns(relation, model.columns, existing).items() %}
            {% do columns.update({name: column.description}) %}
        {% endfor %}
    {% endif %}
    {% set description = model.description if for_relation and config.persist_relation_docs() else none %}
    {% do adapter.lake_comment(relation, description, columns) %}
{% endmacro %}


{% macro lake__apply_grants(relation, grant_config, should_revoke=True) %}
    {% if grant_config %}
        {% do log('grants on ' ~ relation ~ ' are ignored: a lake has no users', info=True) %}
    {% endif %}
{% endmacro %}


{% macro lake__drop_relation(relation) %}{% do adapter.lake_drop(relation) %}{% endmacro %}


{% macro lake__rename_relation(from_relation, to_relation) %}
    {% do adapter.lake_rename(from_relation, to_relation) %}
{% endmacro %}


{% macro lake__truncate_relation(relation) %}{% do run_query('delete from ' ~ relation) %}{% endmacro %}


{% macro lake__create_or_replace_clone(this_relation, defer_relation) %}
    {% do exceptions.raise_compiler_error('a lake has no clones: build ' ~ this_relation ~ ' instead') %}
{% endmacro %}
