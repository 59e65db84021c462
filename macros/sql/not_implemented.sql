{#
  Stops where a macro has no spelling for the target's engine; only once SQL is rendered to be run, so that a project
  can be parsed, and its published tables listed, on targets that build no model.

  Arguments
    name   the macro that is missing

  Example
    {%- macro default__add_days(day, number) -%}{{ not_implemented('add_days') }}{%- endmacro -%}
#}
{%- macro not_implemented(name) -%}
    {%- if execute -%}
        {{ exceptions.raise_compiler_error(name ~ ': not written yet for ' ~ target.type) }}
    {%- endif -%}
{%- endmacro -%}
