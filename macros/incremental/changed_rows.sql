{#
  What an incremental gold model has to write: of the rows it should hold those that differ from what it holds, and
  the keys it should no longer hold. So what it reads from many tables may change in whatever way (a late line, a new
  version of a customer, a corrected rate or price), and it still ends up as in a build from scratch, while only the
  changed rows are written. A build from scratch takes all rows.

  Keys to drop have NULL in every column but the key: `merge_delete_condition` in the model's `meta` must say so.
  `_built_at` is written and not compared; a column that the table doesn't have yet counts as NULL in it.

  Arguments
    rows     the CTE with all rows the model should hold; its columns are those of the model's YAML
    within   SQL condition on the columns of both: `rows` has only these, and only these are compared; all by default
    drop     whether keys that `rows` doesn't have are to go; else they stay as they are

  Example: the last line of dbt_project/models/gold/sales/fact_sales.sql
  Engines: `is distinct from` treats NULLs as equal everywhere. One join, because Sail computes a CTE anew at each use.
#}
{%- macro changed_rows(rows, within='true', drop=true) -%}
    {%- if not is_incremental() -%}
    select * from {{ rows }}
    {%- else -%}
    {%- set columns = model.columns.values() | map(attribute='name') | list -%}
    {%- set keys = unique_key_columns() -%}
    select
        {%- for column in columns %}
        {% if column in keys -%} coalesce(wanted.{{ column }}, held.{{ column }}) as {{ column }}
        {%- else -%} wanted.{{ column }} {%- endif -%}
        {{ ',' if not loop.last }}
        {%- endfor %}
    from {{ rows }} as wanted
    {{ 'full outer' if drop else 'left' }} join (select * from {{ this }} where {{ within }}) as held
        on {% for key in keys %}wanted.{{ key }} = held.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}

    where
        {% set present = adapter.get_columns_in_relation(this) | map(attribute='name') | list if execute else [] -%}
        {% for column in columns if column != '_built_at' -%}
        {{ 'or ' if not loop.first }}wanted.{{ column }} {{ 'is distinct from held.' ~ column if column in present else 'is not null' }}
        {% endfor -%}
    {%- endif -%}
{%- endmacro -%}
