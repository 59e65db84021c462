{#
  The grain: no two rows share these columns, and none of them is NULL. One query for what would be several tests.

  Arguments
    columns   list of the columns that tell one row from another
#}
{% test grain(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}

{% endtest %}
