{#
  The latest version of each key in bronze: a query with bronze's columns and `_rank` (always 1). The heart of silver.

  The latest is by (`_version`, `_ingest_ts`, `_row_id`), never by a timestamp of the source; an older version that
  arrives late changes nothing. In an incremental build only these keys are looked at: those with new rows, and those
  that `again` names. For each of them all its versions in bronze are compared, so a key ends up exactly as in a build
  from scratch, whatever was built, killed or loaded twice before.

  Arguments
    versions   relation: a bronze table, or a model over it with bronze's `_` columns
    key        list of columns, never NULL: bronze keeps keyless rows in its own quarantine
    model      the silver model whose newest row tells which rows are new, `this` by default (see new_rows)
    again      list of queries for further keys: quarantined ones, those whose rate changed

  Example
    with versions as ({{ latest_version(source('bronze', 'snowflake__customers'), ['customer_id']) }})
#}
{%- macro latest_version(versions, key, model=this, again=[]) -%}
    {%- set keys = key | join(', ') -%}
    select *
    from (
        select
            *,
            row_number() over (partition by {{ keys }} order by _version desc, _ingest_ts desc, _row_id desc) as _rank
        from {{ versions }}
        {%- if is_incremental() %}
        where ({{ keys }}) in (
            select {{ keys }} from {{ versions }} where {{ new_rows(model) }}
            {%- for query in again %}
            union all
            {{ query }}
            {%- endfor %}
        )
        {%- endif %}
    ) as ranked
    where _rank = 1
{%- endmacro -%}
