{%- macro comparison_of_test(result) -%}
    {{- return({}) -}}
{%- endmacro -%}
