{#
  A text as another type, NULL where it is none, or the type can't hold it exactly: '2.5' is no decimal(18,0).

  Arguments
    value   SQL expression, a string
    type    Spark type: date (yyyy-MM-dd only), decimal(p,s) (plain digits only: no exponent, no group separator)

  Example
    {{ try_cast('unit_cost', 'decimal(18,2)') }} as unit_cost

  Engines: what else a cast takes for a date or a number ('2026', '1e3', ' 7 ') differs, so a pattern goes first;
  and `$` matches before a line end too on some, so it stands behind a mark.
#}
{%- macro try_cast(value, type) -%}
    {%- set scale = (type.split(',')[1:] | first | default('0')) | replace(')', '') | int -%}
    {%- set patterns = {
        'date': '^[0-9]{4}-[0-9]{2}-[0-9]{2}!$',
        'decimal': '^[-+]?[0-9]+([.]' ~ ('[0-9]{1,' ~ scale ~ '}' if scale) ~ '0' ~ ('*' if scale else '+') ~ ')?!$',
    } -%}
    {%- set kind = type.split('(')[0] | lower | trim -%}
    {%- if kind not in patterns -%}
        {{ exceptions.raise_compiler_error('try_cast: ' ~ type ~ ': expected date or decimal(p,s)') }}
    {%- endif -%}
    case when regexp_like({{ value }} || '!', '{{ patterns[kind] }}') then try_cast({{ value }} as {{ type }}) end
{%- endmacro -%}
