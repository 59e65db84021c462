{#
  Text with a capital at the start of each word and small letters after it: 'home & KITCHEN' -> 'Home & Kitchen'.
  Only a blank parts words: 'on-LINE' -> 'On-line'. Sail's initcap takes every sign for the end of a word.

  Example
    {{ title_case(trimmed('category')) }} as category
#}
{%- macro title_case(value) -%}
    {{ adapter.dispatch('title_case')(value) }}
{%- endmacro -%}

{%- macro default__title_case(value) -%}
    {{ not_implemented('title_case') }}
{%- endmacro -%}

{%- macro spark__title_case(value) -%}
    initcap({{ value }})
{%- endmacro -%}

{%- macro lake__title_case(value) -%}
    array_join(transform(split(lower({{ value }}), ' '), word -> upper(substr(word, 1, 1)) || substr(word, 2)), ' ')
{%- endmacro -%}

{%- macro athena__title_case(value) -%}
    regexp_replace(lower({{ value }}), '(^| )(.)', word -> word[1] || upper(word[2]))
{%- endmacro -%}
