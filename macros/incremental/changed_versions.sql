{#
  The rows of a silver model for its history, with `changed_at`: the instant from which the row counts. A snapshot adds a
  version where it is later than the begin of the key's open version.

    the row is the open version, whatever brought it again    the open version's begin: no version is added
    a deletion                                                 the instant at which it reached bronze
    `updated_at` has moved on                                  `updated_at`
    another row came with the same or an earlier `updated_at`  the instant at which it reached bronze

  Sources change rows without a new `updated_at`: a deletion that is found by comparing keys (decision 5), a second change
  within the second of a cursor, a key that returns with an old row (decision 17).

  Arguments
    latest    a relation: the silver model, or a query in brackets with its rows
    key       the column that names the record
    deletes   true if the model has `is_deleted`

  Example: dbt_project/snapshots/customers_history.sql
#}
{%- macro changed_versions(latest, key, deletes=true) -%}
    {%- set held = load_relation(this) if execute else none -%}
    {%- set deleted = 'greatest(latest.updated_at, latest._loaded_at)' -%}
    {%- if not held -%}
    select
        latest.*,
        {{ 'case when latest.is_deleted then ' ~ deleted ~ ' else latest.updated_at end' if deletes else 'latest.updated_at' }}
            as changed_at
    from {{ latest }} as latest
    {%- else -%}
    select
        latest.*,
        case
            when held.{{ key }} is not null and not ({{ _differs('latest', 'held', held) }}) then held.valid_from
            {% if deletes -%}
            when latest.is_deleted then {{ deleted }}
            {% endif -%}
            when held.{{ key }} is null or latest.updated_at > held.valid_from then latest.updated_at
            when latest._loaded_at > held._loaded_at then latest._loaded_at
            else held.valid_from
        end as changed_at
    from {{ latest }} as latest
    left join (select * from {{ held }} where valid_to is null) as held on latest.{{ key }} = held.{{ key }}
    {%- endif -%}
{%- endmacro -%}

{# True where a column of the source differs: not those that say which load or build brought the row. #}
{%- macro _differs(latest, held, relation) -%}
    {%- set columns = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- set of_the_history = ['changed_at', 'version_id', 'version_updated_at', 'valid_from', 'valid_to'] -%}
    {%- set compared = [] -%}
    {%- for name in model.columns if name in columns and name[0] != '_' and name not in of_the_history -%}
        {%- do compared.append(latest ~ '.' ~ name ~ ' is distinct from ' ~ held ~ '.' ~ name) -%}
    {%- endfor -%}
    {{ compared | join(' or ') }}
{%- endmacro -%}
