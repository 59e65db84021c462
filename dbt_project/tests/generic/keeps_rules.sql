{#
  Every row keeps every rule: several rules in one query. Fails with the rules that are broken and by how many rows;
  a NULL counts as broken. For a single rule there is `holds`. A table with a `<model>__validated` also keeps the rules
  of its YAML, as far as it has their columns.

  Arguments
    rules   mapping of a rule's name -> condition that is true for a good row
#}
{% test keeps_rules(model, rules={}) %}
{{ config(fail_calc='coalesce(sum(row_count), 0)') }}
{%- set broken = {} -%}
{%- for name, condition in dict(tested_rules(), **rules).items() -%}
    {%- do broken.update({name: 'not coalesce(' ~ condition ~ ', false)'}) -%}
{%- endfor -%}
select
    broken_rules,
    count(*) as row_count
from (
    select {{ names_where(broken) }} as broken_rules
    from {{ model }}
) as checked
where broken_rules is not null
group by broken_rules
{% endtest %}
