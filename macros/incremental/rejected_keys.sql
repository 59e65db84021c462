{#
  The keys of a `<model>__validated` whose latest version breaks a rule: a query for latest_version's `again`. Such keys
  are checked in every build, because a rule may depend on what has changed meanwhile: a rate, the day.

  Example: dbt_project/models/silver/snowflake/orders__validated.sql
#}
{%- macro rejected_keys() -%}
    select {{ unique_key_columns() | join(', ') }} from {{ this }} where broken_rules is not null
{%- endmacro -%}
