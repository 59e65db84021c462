{#
  A condition that keeps the bronze rows that a silver model has not seen: those loaded after its newest row.

  The model's highest `_loaded_at` is fetched first and written as a literal beside a bound on the partition column
  `_ingest_date`, so that engines read only new partitions. Loads of one table have strictly rising `_ingest_ts`, so
  nothing falls between two builds. True for every row where the model is empty or not there yet.

  Arguments
    model   the silver model whose newest row counts, `this` by default. A quarantine gives its model: that one is
            built last, so what it has seen, both have.

  Example
    select order_id from {{ source('bronze', 'snowflake__orders') }} where {{ new_rows() }}
#}
{%- macro new_rows(model=this) -%}
    {%- set newest = newest_load(model) -%}
    {%- if newest -%}
        _ingest_date >= date '{{ newest[:10] }}' and _ingest_ts > timestamp '{{ newest }}'
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro -%}

{%- macro newest_load(model) -%}
    {%- if execute and load_cached_relation(model) -%}
        {%- set newest = run_query('select ' ~ canonical_text('max(_loaded_at)', 'timestamp') ~ ' as newest from ' ~ model) -%}
        {{- return(newest.rows[0][0]) -}}
    {%- endif -%}
{%- endmacro -%}
