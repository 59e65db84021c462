{#
  The id of a version, of the same text as on the other engines: instants without the zeros that end their fraction,
  small hex digits.
#}
{% macro athena__snapshot_hash_arguments(args) -%}
    {%- set texts = [] -%}
    {%- for arg in args -%}
        {%- set text = 'cast(' ~ arg ~ ' as varchar)' -%}
        {%- set instant = "'^([0-9-]{10} [0-9:]{8}([.][0-9]*[1-9])?)[.]?0*$'" -%}
        {%- do texts.append('coalesce(regexp_replace(' ~ text ~ ', ' ~ instant ~ ", '$1'), '')") -%}
    {%- endfor -%}
    {{ md5_of_text(texts | join(" || '|' || ")) }}
{%- endmacro %}
