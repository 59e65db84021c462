{#
  Whether a version of a dimension is the one of a day: the last that began on the day or before.

  Arguments
    day         SQL expression, a date
    dimension   a relation's name in the query, with valid_from and valid_to (timestamps, valid_to NULL for the current)

  Example
    left join dim_products on items.product_id = dim_products.product_id
        and {{ valid_on('items.order_date', 'dim_products') }}
#}
{%- macro valid_on(day, dimension) -%}
    (
        {{ day }} >= cast({{ dimension }}.valid_from as date)
        and ({{ day }} < cast({{ dimension }}.valid_to as date) or {{ dimension }}.valid_to is null)
    )
{%- endmacro -%}
