{#
  dbt's test relationships, except that it fails with whole rows and not with the column alone: so whoever looks has
  their keys.

  Arguments
    to, field   the relation and its column that must have every value of `column_name`, but NULL
#}
{%- macro default__test_relationships(model, column_name, to, field) -%}
select child.*
from {{ model }} as child
left join {{ to }} as parent on child.{{ column_name }} = parent.{{ field }}
where child.{{ column_name }} is not null and parent.{{ field }} is null
{%- endmacro -%}
