{#
  A rule that holds for every row. A row for which the condition is false or NULL fails.

  Arguments
    condition   portable SQL over the model's columns
#}
{% test holds(model, condition) %}

select *
from {{ model }}
where not coalesce({{ condition }}, false)

{% endtest %}
