{#
  The digest of a row: md5 over one canonical text of its columns, the same on every engine.

  Arguments
    columns   mapping of column name -> Spark type, in contract order, such as
              {'order_id': 'string', 'order_date': 'date', 'net_base': 'decimal(18,4)'}
  Returns a SQL expression of 32 lower-case hex digits, for use over a relation that has these columns.

  Example
    select order_id, {{ row_digest({'order_id': 'string', 'net': 'decimal(18,2)'}) }} as row_digest from …

  The text: each column as below, NULL as chr(30), joined by chr(31). In strings backslash, chr(31) and chr(30) are
  escaped, so that no two rows share a text.
    string as it is; whole numbers and booleans as cast writes them (1, -7, true); decimals with all digits of their
    scale (0.50); dates yyyy-MM-dd; timestamps yyyy-MM-dd HH:mm:ss.SSSSSS in UTC, always six digits.
  Engines: float, array, map and struct have no canonical text and are refused. Spark needs spark.sql.ansi.enabled.
#}
{%- macro row_digest(columns) -%}
    {%- set parts = [] -%}
    {%- for name, type in columns.items() -%}
        {%- do parts.append('coalesce(' ~ canonical_text(name, type | lower | trim) ~ ', chr(30))') -%}
    {%- endfor -%}
    {{ md5_of_text(parts | join(' || chr(31) || ')) }}
{%- endmacro -%}

{%- macro canonical_text(column, type) -%}
    {%- set kind = type.split('(')[0] -%}
    {%- if kind in ('string', 'varchar', 'char') -%}
        replace(replace(replace({{ column }}, chr(92), chr(92) || chr(92)), chr(31), chr(92) || 'u'), chr(30), chr(92) || 'r')
    {%- elif kind == 'timestamp' -%}
        {{ adapter.dispatch('text_of_timestamp')(column) }}
    {%- elif kind == 'date' -%}
        {{ adapter.dispatch('text_of_date')(column) }}
    {%- elif kind in ('decimal', 'tinyint', 'smallint', 'int', 'integer', 'bigint', 'boolean') -%}
        cast(cast({{ column }} as {{ type }}) as {{ dbt.type_string() }})
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            'row_digest: ' ~ column ~ ' is ' ~ type ~ ': expected string, a whole number, decimal, boolean, date or timestamp'
        ) }}
    {%- endif -%}
{%- endmacro -%}

{%- macro default__text_of_date(column) -%}
    cast({{ column }} as {{ dbt.type_string() }})
{%- endmacro -%}

{%- macro snowflake__text_of_date(column) -%}
    to_char({{ column }}, 'YYYY-MM-DD')
{%- endmacro -%}

{%- macro default__text_of_timestamp(column) -%}
    {{ exceptions.raise_compiler_error('row_digest: no text of a timestamp for ' ~ target.type) }}
{%- endmacro -%}

{%- macro spark__text_of_timestamp(column) -%}
    date_format({{ column }}, 'yyyy-MM-dd HH:mm:ss.SSSSSS')
{%- endmacro -%}

{%- macro snowflake__text_of_timestamp(column) -%}
    to_char({{ column }}, 'YYYY-MM-DD HH24:MI:SS.FF6')
{%- endmacro -%}

{%- macro athena__text_of_timestamp(column) -%}
    cast(cast({{ column }} at time zone 'UTC' as timestamp(6)) as varchar)
{%- endmacro -%}

{%- macro md5_of_text(text) -%}
    {{ adapter.dispatch('md5_of_text')(text) }}
{%- endmacro -%}

{%- macro default__md5_of_text(text) -%}
    md5({{ text }})
{%- endmacro -%}

{%- macro athena__md5_of_text(text) -%}
    lower(to_hex(md5(to_utf8({{ text }}))))
{%- endmacro -%}
