{#
  The versions of each key follow each other: one ends where the next one begins, without a gap or an overlap, and the
  last one is open. Fails with the versions that do not.

  Arguments
    key      the column that names the record
    first    SQL expression of an instant: where the first version begins, where the table says so
#}
{% test versions_chain(model, key, first=none) %}
select *
from (
    select
        {{ key }},
        valid_from,
        valid_to,
        lead(valid_from) over (partition by {{ key }} order by valid_from) as next_valid_from,
        row_number() over (partition by {{ key }} order by valid_from) as version_number
    from {{ model }}
) as versions
where
    valid_to is distinct from next_valid_from
    or valid_from is null
{%- if first %}
    or (version_number = 1 and valid_from <> {{ first }})
    {%- endif %}
{% endtest %}
