{#
  Bronze's own columns of a row, which a `__checked` model hands on: what decides the latest version, and where it is
  from.

  Arguments
    relation   the relation's name in the query, where several are joined

  Example
    select order_id, {{ provenance('orders') }} from orders
#}
{%- macro provenance(relation=none) -%}
    {%- set of = relation ~ '.' if relation else '' -%}
    {{ of }}_ingest_ts, {{ of }}_ingest_date, {{ of }}_source, {{ of }}_load_id, {{ of }}_row_id, {{ of }}_version
{%- endmacro -%}
