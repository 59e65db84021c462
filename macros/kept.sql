{#
  Which rows a model with a quarantine selects. A build from scratch takes those without broken rules; an incremental
  one takes the broken ones along, without a `_loaded_at`, so that the merge deletes them (see leave_quarantine).

  Example
    select order_id, …, {{ loaded_at() }} as _loaded_at from orders where {{ kept() }}
#}
{%- macro kept() -%}
    {{ 'true' if is_incremental() else 'broken_rules is null' }}
{%- endmacro -%}
