{#
  One row for each key, and no key with a NULL in it. Fails with the keys and how often they are there.

  Arguments
    columns   the columns that name a row
#}
{% test grain(model, columns) %}
{{ config(fail_calc='coalesce(sum(row_count), 0)') }}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or {{ columns | join(' is null or ') }} is null
{% endtest %}
