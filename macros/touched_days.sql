{#
  The days of an incremental fact whose rows are not those that it should be made of: a query with the one column
  `event_date`. So a build looks at these days only, whatever came late, was corrected or left. Loads of a table have
  strictly rising times, so rows are the same where their number and their newest `_loaded_at` are, by `_source`.

  Only for incremental builds: it asks the table that is there.

  Arguments
    rows   the CTE with all rows the fact should be made of, with `event_date`, `_source` and `_loaded_at`, as the fact
    held   SQL expression: how many of them a day of the fact holds; for a fact of the same grain its number of rows

  Example: dbt_project/models/gold/services/system_health_hourly.sql
  Engines: EXCEPT treats NULLs as equal everywhere.
#}
{%- macro touched_days(rows, held='count(*)') -%}
    {%- set wanted -%}
        select event_date, _source, cast(count(*) as bigint) as row_count, max(_loaded_at) as newest
        from {{ rows }}
        group by event_date, _source
    {%- endset -%}
    {%- set present -%}
        select event_date, _source, cast({{ held }} as bigint) as row_count, max(_loaded_at) as newest
        from {{ this }}
        group by event_date, _source
    {%- endset -%}
    select event_date from ({{ wanted }} except {{ present }}) as come
    union
    select event_date from ({{ present }} except {{ wanted }}) as gone
{%- endmacro -%}
