{#
  What bronze received for a column has a spelling that silver knows: silver has NULL for others. Fails with the rows of
  silver that have none, and what was received for them.

  Arguments
    bronze     the source's table
    received   its column
    key        the column that names a row in both
#}
{% test has_a_known_spelling(model, column_name, bronze, received, key) %}
select distinct
    held.*,
    bronze.{{ received }} as received
from {{ model }} as held
inner join {{ bronze }} as bronze
    on
        held.{{ key }} = bronze.{{ key }}
        and held._loaded_at = bronze._ingest_ts
where
    held.{{ column_name }} is null
    and {{ trimmed('bronze.' ~ received) }} <> ''
{% endtest %}
