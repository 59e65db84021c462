{#
  A condition that keeps the bronze rows that a silver model has not seen: those loaded after its newest row.

  The model's highest `_loaded_at` is fetched first and written as a literal beside a bound on the partition column
  `_ingest_date`, so that engines read only new partitions. Loads of one table have strictly rising `_ingest_ts`, so
  nothing falls between two builds. True for every row where the model is empty, is not there yet, or lacks a column
  that its YAML has: an older text of the model built it.

  Arguments
    model   the silver model whose newest row counts, `this` by default; none for every row. A quarantine gives its
            model: that one is built last, so what it has seen, both have.

  The last condition is always true. Sail takes a partition to be as large as its table, unless it is asked what it
  can't estimate: it then keeps the new keys in memory, and not the whole table (customer_events: 2.4 s of CPU, not 12).

  Example
    select order_id from {{ source('bronze', 'snowflake__orders') }} where {{ new_rows() }}
#}
{%- macro new_rows(model=this) -%}
    {%- set newest = newest_load(model) -%}
    {%- if newest -%}
        _ingest_date >= date '{{ newest[:10] }}' and _ingest_ts > timestamp '{{ newest }}'
        and coalesce(length(_load_id), 1) > 0
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro -%}

{%- macro newest_load(model) -%}
    {%- if execute and model and load_cached_relation(model) and not lacks_columns(node_of(model.identifier), model) -%}
        {%- set newest = run_query('select ' ~ canonical_text('max(_loaded_at)', 'timestamp') ~ ' as newest from ' ~ model) -%}
        {{- return(newest.rows[0][0]) -}}
    {%- endif -%}
{%- endmacro -%}
