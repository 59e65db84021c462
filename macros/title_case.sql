{#
  Text with a capital at the start of each word and small letters after it: 'home & KITCHEN' -> 'Home & Kitchen'.

  Example
    {{ title_case('trim(category)') }} as category
#}
{%- macro title_case(value) -%}
    {{ adapter.dispatch('title_case')(value) }}
{%- endmacro -%}

{%- macro default__title_case(value) -%}
    {{ not_written('title_case') }}
{%- endmacro -%}

{%- macro spark__title_case(value) -%}
    initcap({{ value }})
{%- endmacro -%}
