{#
  The instant from which the first version of everything counts as valid: 1900-01-01, a timestamp.
#}
{%- macro beginning_of_time() -%}
    cast('1900-01-01 00:00:00' as timestamp)
{%- endmacro -%}
