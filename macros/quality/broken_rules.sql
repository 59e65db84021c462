{#
  The names of the rules that a row breaks, sorted as given and separated by ', '; NULL where it keeps them all.

  Arguments
    rules   mapping of a rule's name -> condition that is true when the rule is broken (NULL counts as kept)

  Example
    {{ broken_rules({'negative_total': 'total_amount < 0', 'no_customer_id': 'customer_id is null'}) }} as broken_rules
#}
{%- macro broken_rules(rules) -%}
    nullif(concat_ws(
        ', ',
        {%- for name, condition in rules.items() %}
        case when {{ condition }} then '{{ name }}' end{{ ',' if not loop.last }}
        {%- endfor %}
    ), '')
{%- endmacro -%}
