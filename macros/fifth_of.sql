{#
  In which fifth of all rows a value lies, 1 for the lowest to 5 for the highest, as int. Rows with equal values share
  a fifth (ntile would part them by chance), so every engine and every order of rows gives the same.

  Example
    {{ fifth_of('order_count') }} as frequency_score
#}
{%- macro fifth_of(value) -%}
    case
        {%- for fifth in [5, 4, 3, 2] %}
        when 5 * (rank() over (order by {{ value }}) - 1) >= {{ fifth - 1 }} * count(*) over () then {{ fifth }}
        {%- endfor %}
        else 1
    end
{%- endmacro -%}
