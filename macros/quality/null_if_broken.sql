{#
  A value, or NULL where its row breaks a rule that says `nulls: <column>`: such a rule clears an attribute and rejects
  no row. The rules stand in the model's YAML (see broken_rules).

  Arguments
    column   the model's column, as `nulls` names it
    value    SQL expression over the columns of the CTE `checked`

  Example: dbt_project/models/silver/snowflake/products.sql
#}
{%- macro null_if_broken(column, value) -%}
    {%- set conditions = [] -%}
    {%- for rule in model_rules() if rule.nulls == column -%}
        {%- do require_known_columns(rule) -%}
        {%- do conditions.append('coalesce(' ~ rule.condition ~ ', false)') -%}
    {%- endfor -%}
    case when not ({{ conditions | join(' or ') or 'false' }}) then {{ value }} end
{%- endmacro -%}
