{#
    An order to the adapter: one line, then the query that it is about (dbt.adapters.lake.statements obeys it).
    `design` is what the table is besides its query: partition_by, not_null, checks, properties.
#}
{% macro lake_order(do, relation, design={}) -%}
-- lake {{ tojson(dict(design, do=do, key=[relation.schema, relation.identifier])) }}
{% endmacro %}


{% macro lake_partitions() %}
    {%- set columns = config.get('partition_by') or [] -%}
    {{ return([columns] if columns is string else columns) }}
{% endmacro %}


{# The check constraints of an enforced contract, name -> condition. #}
{% macro lake_checks() %}
    {%- set checks = {} -%}
    {%- if config.get('contract').enforced -%}
        {%- for constraint in model.constraints if constraint.type == 'check' -%}
            {%- do checks.update({constraint.name or local_md5(constraint.expression): constraint.expression}) -%}
        {%- endfor -%}
        {%- for column in model.columns.values() -%}
            {%- for constraint in column.constraints if constraint.type == 'check' -%}
                {%- do checks.update({constraint.name or local_md5(constraint.expression): constraint.expression}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(checks) }}
{% endmacro %}


{# The columns that an enforced contract says are not_null. #}
{% macro lake_required() %}
    {%- set names = [] -%}
    {%- if config.get('contract').enforced -%}
        {%- for column in model.columns.values()
            if column.constraints | selectattr('type', 'in', ['not_null', 'primary_key']) | list -%}
            {%- do names.append(column.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names) }}
{% endmacro %}
