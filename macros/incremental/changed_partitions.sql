{#
  The days (or months) of an incremental fact whose rows are not those that it should be made of: a query with that one
  column. So a build looks at these only, whatever came late, was corrected or left. What writes the rows gives them a
  time that rises from build to build, or from load to load: they are the same where their number and the newest of
  these times are. All of them where the fact lacks a column that its model has: an older model built it. Days with a
  time after the build's own, of a clock that was ahead, are among them.

  Only for incremental builds: it asks the table that is there.

  Arguments
    rows     the CTE with all rows the fact should be made of
    held     SQL expression: how many of them a day of the fact holds; for a fact of the same grain its number of rows
    day      the column to go by, in `rows` and in the fact
    by       list of further columns of both that the times rise apart in
    newest   the columns with the time: in `rows`, and in the fact

  Examples: dbt_project/models/gold/services/system_health_hourly.sql, dbt_project/models/gold/sales/agg_daily_sales.sql
  Engines: EXCEPT treats NULLs as equal everywhere.
#}
{%- macro changed_partitions(rows, held='count(*)', day='event_date', by=['_source'], newest=['_loaded_at', '_loaded_at']) -%}
    {%- if lacks_columns(model, this) -%}
    select {{ day }} from {{ rows }}
    union
    select {{ day }} from {{ this }}
    {%- else -%}
    {%- set group = ([day] + by) | join(', ') -%}
    {%- set wanted -%}
        select {{ group }}, cast(count(*) as bigint) as row_count, max({{ newest[0] }}) as newest
        from {{ rows }}
        group by {{ group }}
    {%- endset -%}
    {%- set present -%}
        select {{ group }}, cast({{ held }} as bigint) as row_count, max({{ newest[1] }}) as newest
        from {{ this }}
        group by {{ group }}
    {%- endset -%}
    select {{ day }} from ({{ wanted }} except {{ present }}) as come
    union
    select {{ day }} from ({{ present }} except {{ wanted }}) as gone
    {%- if newest[0] == '_built_at' %}
    union
    select {{ day }} from {{ rows }} where _built_at > {{ built_at() }}
    {%- endif %}
    {%- endif -%}
{%- endmacro -%}
