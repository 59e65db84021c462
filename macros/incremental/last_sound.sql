{#
  The rows of a silver model with a quarantine, and for each key in quarantine the last version that broke no rule: a
  query with the given columns. For what facts take from others as an attribute (a cost, a return): a version that is
  broken for one night changes no closed month.

  Arguments
    name      the silver model; it has `<name>__checked` and `<name>__quarantine`
    key       list of the quarantine's key columns
    columns   list of columns of the model and of `<name>__checked`

  Example: dbt_project/models/intermediate/unit_costs.sql
#}
{%- macro last_sound(name, key, columns) -%}
    {%- set keys = key | join(', ') -%}
    select {{ columns | join(', ') }}
    from {{ ref(name) }}
    union all
    select {{ columns | join(', ') }}
    from (
        select
            *,
            row_number() over (partition by {{ keys }} order by _version desc, _ingest_ts desc, _row_id desc) as _place
        from {{ ref(name ~ '__checked') }}
        where
            broken_rules is null
            and ({{ keys }}) in (select {{ keys }} from {{ ref(name ~ '__quarantine') }})
    ) as sound_versions
    where _place = 1
{%- endmacro -%}
