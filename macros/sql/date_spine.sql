{#
  Every day from one date to another, both included: a query with the one column `date_day`.

  Arguments
    first, last   SQL expressions of type date that stand alone (literals, scalar subqueries)

  Example
    with days as ({{ date_spine("date '2020-01-01'", "date '2029-12-31'") }})
#}
{%- macro date_spine(first, last) -%}
    {{ adapter.dispatch('date_spine')(first, last) }}
{%- endmacro -%}

{%- macro default__date_spine(first, last) -%}
    {{ not_implemented('date_spine') }}
{%- endmacro -%}

{%- macro spark__date_spine(first, last) -%}
    select explode(sequence({{ first }}, {{ last }}, interval 1 day)) as date_day
{%- endmacro -%}

{# a sequence of Athena has at most 10,000 members: hundreds of days, and days #}
{%- macro athena__date_spine(first, last) -%}
    select date_add('day', 100 * hundreds.n + days.n, {{ first }}) as date_day
    from unnest(sequence(0, date_diff('day', {{ first }}, {{ last }}) / 100)) as hundreds (n)
    cross join unnest(sequence(0, 99)) as days (n)
    where 100 * hundreds.n + days.n <= date_diff('day', {{ first }}, {{ last }})
{%- endmacro -%}
