{#
  The rules that rows break are those of the model's YAML: none is left from an older list. Fails with the others.
#}
{% test breaks_known_rules(model) %}
{{ config(fail_calc='coalesce(sum(row_count), 0)') }}
{%- set names = tested_rule_names() | join('|') %}
select
    broken_rules,
    count(*) as row_count
from {{ model }}
where not regexp_like(broken_rules, '^({{ names }})(, ({{ names }}))*$')
group by broken_rules
{% endtest %}
