{#
  Of rows that share an attribute the one to use: not deleted first, then the last updated, then the lowest id.

  Arguments
    relation   a model with `is_deleted` and `updated_at`
    shared     the column that several rows may share; rows without it are left out
    id         the column that breaks ties

  Example
    with accounts as ({{ latest_per_key(ref('accounts'), 'customer_id', 'id') }})
#}
{%- macro latest_per_key(relation, shared, id) -%}
    select *
    from (
        select
            *,
            row_number() over (partition by {{ shared }} order by is_deleted, updated_at desc, {{ id }}) as _place
        from {{ relation }}
        where {{ shared }} is not null
    ) as placed
    where _place = 1
{%- endmacro -%}
