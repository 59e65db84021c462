{#
  The digest of a set of rows: the sum of the first 15 hex digits of their row digests; order does not matter, and
  a row that is there twice counts twice. Compare it together with count(*).

  Arguments
    digest   SQL expression of a row's digest, such as a column made by row_digest()
  Returns an aggregate expression of type decimal(38,0); 0 for no rows. 38 digits hold 10^20 rows.

  Example
    select count(*) as row_count, {{ set_digest('row_digest') }} as set_digest from …
#}
{%- macro set_digest(digest) -%}
    cast(coalesce(sum(cast({{ adapter.dispatch('number_of_hex')('substr(' ~ digest ~ ', 1, 15)') }} as decimal(38, 0))), 0) as decimal(38, 0))
{%- endmacro -%}

{%- macro default__number_of_hex(hex) -%}
    {{ exceptions.raise_compiler_error('set_digest: no number of hex digits for ' ~ target.type) }}
{%- endmacro -%}

{%- macro spark__number_of_hex(hex) -%}
    conv({{ hex }}, 16, 10)
{%- endmacro -%}

{%- macro snowflake__number_of_hex(hex) -%}
    to_number({{ hex }}, 'XXXXXXXXXXXXXXX')
{%- endmacro -%}

{%- macro athena__number_of_hex(hex) -%}
    from_base({{ hex }}, 16)
{%- endmacro -%}
