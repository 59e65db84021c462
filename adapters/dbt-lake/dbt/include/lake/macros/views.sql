{% macro lake__create_view_as(relation, sql) -%}
    {%- if config.get('contract').enforced -%}{%- do get_assert_columns_equivalent(sql) -%}{%- endif -%}
    {{ lake_order('view', relation) }}
    {{- sql }}
{%- endmacro %}
