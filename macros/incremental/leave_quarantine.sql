{#
  A post-hook: takes the keys that a silver model holds out of its `<model>__quarantine`.

  How a key moves, so that it is never lost, whenever a build is killed:
  1. `<model>__quarantine` is built first. It takes in keys whose latest version breaks a rule.
  2. `<model>` takes in the good ones and drops the broken ones: their `_loaded_at` is NULL in what it merges, and
     `merge_delete_condition` deletes such keys.
  3. This hook takes what the model now holds out of the quarantine.
  Both look again at every key in quarantine in each build, for what a rule depends on (a rate, today) may have changed.

  Example: dbt_project/models/silver/snowflake/orders.sql
#}
{%- macro leave_quarantine() -%}
    {%- set keys = unique_key_columns() -%}
    merge into {{ this.incorporate(path={'identifier': this.identifier ~ '__quarantine'}) }} as quarantined
    using (select {{ keys | join(', ') }} from {{ this }}) as good
        on {% for key in keys %}quarantined.{{ key }} = good.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}

    when matched then delete
{%- endmacro -%}
