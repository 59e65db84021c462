{#
  A type of Spark's, as contracts name it, in the engine's spelling.

  Arguments
    type   Spark type: string, int, bigint, decimal(p,s), boolean, date, timestamp

  Example
    cast(null as {{ sql_type('string') }}) as email
#}
{%- macro sql_type(type) -%}
    {{ adapter.dispatch('sql_type')(type) }}
{%- endmacro -%}

{%- macro default__sql_type(type) -%}
    {{ type }}
{%- endmacro -%}

{%- macro athena__sql_type(type) -%}
    {{ {'string': 'varchar', 'timestamp': 'timestamp(6)'}.get(type | lower | trim, type) }}
{%- endmacro -%}
