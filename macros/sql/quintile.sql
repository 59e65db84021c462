{#
  In which fifth of all rows a value lies, 1 for the lowest to 5 for the highest, as int. Rows with equal values share
  a fifth (ntile would part them by chance), so every engine and every order of rows gives the same.

  Arguments
    value   SQL expression
    among   a boolean column: rows in which it is not true have no fifth, NULL, and count in none; all rows by default

  Example
    {{ quintile('order_count', among='is_known_customer') }} as frequency_score
#}
{%- macro quintile(value, among=none) -%}
    {%- set rows = 'partition by ' ~ among if among else '' -%}
    case
        {{ 'when not ' ~ among ~ ' then null' if among }}
        {%- for fifth in [5, 4, 3, 2] %}
        when 5 * (rank() over ({{ rows }} order by {{ value }}) - 1) >= {{ fifth - 1 }} * count(*) over ({{ rows }}) then {{ fifth }}
        {%- endfor %}
        else 1
    end
{%- endmacro -%}
