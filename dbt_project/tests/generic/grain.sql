{#
  One row for each key, and no key with a NULL in it. Fails with the keys and how often they are there.

  Rows are counted by sum(1): of a table with a single row Sail can't add up what count(*) counted.

  Arguments
    columns   the columns that name a row
#}
{% test grain(model, columns) %}
{{ config(fail_calc='coalesce(sum(row_count), 0)') }}
select
    {{ columns | join(', ') }},
    sum(1) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having sum(1) > 1 or {{ columns | join(' is null or ') }} is null
{% endtest %}
