{#
  A table's properties on Spark: those of its config, and what an enforced contract asks of its rows, as Delta's check
  constraints. They come with the statement that makes the table, so that it never lies there without them, and hold
  for every later write, merges included. dbt-spark alters the table afterwards, which Delta refuses for NOT NULL.

  Part of: create table … as, on targets with dbt-spark. The lake's adapter keeps constraints by itself.
#}
{%- macro spark__tblproperties_clause() -%}
    {%- set properties = dict(config.get('tblproperties') or {}) -%}
    {%- if config.get('contract').enforced -%}
        {%- for constraint in model.constraints if constraint.type == 'check' -%}
            {%- do properties.update(delta_check(constraint)) -%}
        {%- endfor -%}
        {%- for column in model.columns.values() -%}
            {%- for constraint in column.constraints if constraint.type == 'check' -%}
                {%- do properties.update(delta_check(constraint)) -%}
            {%- endfor -%}
            {%- if column.constraints | selectattr('type', 'in', ['not_null', 'primary_key']) | list -%}
                {%- do properties.update({'delta.constraints.' ~ column.name ~ '_not_null': column.name ~ ' is not null'}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if properties %}
    tblproperties (
        {%- for name, value in properties.items() %}
        '{{ name }}' = {{ text_literal(value) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    {%- endif -%}
{%- endmacro -%}

{%- macro delta_check(constraint) -%}
    {{- return({'delta.constraints.' ~ (constraint.name or local_md5(constraint.expression)): constraint.expression}) -}}
{%- endmacro -%}

{%- macro spark__persist_constraints(relation, model) -%}{%- endmacro -%}
