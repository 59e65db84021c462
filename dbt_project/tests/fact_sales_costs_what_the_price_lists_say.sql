{{ config(meta={'tested_model': 'fact_sales'}) }}

{#
  The cost of each line is the lowest offer of the newest price list up to the order's date, and its margin what is left
  of net. Asked of silver's price lists line by line, where fact_sales joins spans of days.
#}
{% set new_rows_or_all = tested_rows() %}

with

lines as (
    select
        order_id,
        line_number,
        order_date,
        sku,
        quantity,
        net_base,
        margin_base
    from {{ ref('fact_sales') }}
    where {{ new_rows_or_all }}
),

offers as (
    select
        sku,
        valid_from,
        min(unit_cost_base) as unit_cost_base
    from {{ ref('vendor_prices') }}
    where unit_cost_base is not null
    group by sku, valid_from
),

days as (
    select distinct
        order_date,
        sku
    from lines
),

newest as (
    select
        days.order_date,
        days.sku,
        max(offers.valid_from) as valid_from
    from days
    inner join offers
        on
            days.sku = offers.sku
            and days.order_date >= offers.valid_from
    group by days.order_date, days.sku
)

select
    lines.order_id,
    lines.line_number,
    lines.margin_base,
    offers.unit_cost_base
from lines
left join newest
    on
        lines.order_date = newest.order_date
        and lines.sku = newest.sku
left join offers
    on
        newest.sku = offers.sku
        and newest.valid_from = offers.valid_from
where lines.margin_base is distinct from lines.net_base - lines.quantity * offers.unit_cost_base
