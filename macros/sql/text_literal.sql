{#
  A text as a SQL literal, whatever stands in it; NULL for none.

  Example
    {{ text_literal("it's 5 o'clock") }}

  Engines: Spark's escape quotes and backslashes with a backslash.
#}
{%- macro text_literal(text) -%}
    {{- 'null' if text is none else adapter.dispatch('text_literal')(text | string) -}}
{%- endmacro -%}

{%- macro default__text_literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro -%}

{%- macro spark__text_literal(text) -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro -%}
