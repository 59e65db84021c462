{# one commit, values sent as data and not as SQL #}
{% macro lake__create_csv_table(model, agate_table) %}
    {%- set types = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- set wanted = (model.config.column_types or {}).get(name) -%}
        {%- do types.append(wanted or adapter.convert_type(agate_table, loop.index0)) -%}
    {%- endfor -%}
    {% do adapter.lake_seed(this, agate_table, types, lake_partitions()) %}
    {{ return('-- seeded ' ~ this) }}
{% endmacro %}


{% macro lake__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {{ return(create_csv_table(model, agate_table)) }}
{% endmacro %}


{% macro lake__load_csv_rows(model, agate_table) %}{{ return('') }}{% endmacro %}
