{#
  The valid rows of a silver model, and for each key that is rejected now the last version that broke no rule: a query
  with the given columns. For what facts take from others as an attribute (a cost, a return): a version that is broken
  for one night changes no closed month.

  Arguments
    name      the silver model; it has `<name>__versions` and `<name>__validated`
    key       list of the key columns of `<name>__validated`
    columns   list of columns of the model and of `<name>__versions`

  Example: dbt_project/models/intermediate/unit_costs.sql
#}
{%- macro last_valid(name, key, columns) -%}
    {%- set keys = key | join(', ') -%}
    select {{ columns | join(', ') }}
    from {{ ref(name) }}
    union all
    select {{ columns | join(', ') }}
    from (
        select
            *,
            row_number() over (partition by {{ keys }} order by _version desc, _ingest_ts desc, _row_id desc) as _place
        from {{ ref(name ~ '__versions') }}
        where
            broken_rules is null
            and ({{ keys }}) in (
                select {{ keys }} from {{ ref(name ~ '__validated') }} where broken_rules is not null
            )
    ) as valid_versions
    where _place = 1
{%- endmacro -%}
