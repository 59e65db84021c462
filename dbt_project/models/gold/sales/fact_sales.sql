{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['order_id', 'line_number'],
    partition_by='month',
    meta={
        'merge_delete_condition': 'DBT_INTERNAL_SOURCE.order_date is null',
        'test_window': {'order_date': 35},
    },
) }}

-- depends_on: {{ ref('touched_orders') }}
with

orders as (
    select * from {{ ref('orders') }}
    {% if is_incremental() %}
    where order_id in (select touched.order_id from {{ ref('touched_orders') }} as touched)
    {% endif %}
),

order_items as (
    select * from {{ ref('order_items') }}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

dim_customers as (
    select * from {{ ref('dim_customers') }}
),

dim_products as (
    select * from {{ ref('dim_products') }}
),

returned as (
    select distinct
        order_id,
        sku
    from ({{ last_valid('vendor_returns', key=['return_id'], columns=['order_id', 'sku']) }}) as sound_returns
),

unit_costs as (
    select * from {{ ref('unit_costs') }}
),

-- orders with what all their lines share
priced as (
    select
        orders.order_id,
        orders.order_date,
        coalesce(dim_customers.customer_key, 'unknown') as customer_key,
        orders.customer_id,
        coalesce(dim_customers.country, 'unknown') as country,
        orders.status as order_status,
        orders.payment_method,
        orders.is_deleted,
        orders.currency,
        fx_rates.rate_to_base
    from orders
    inner join fx_rates
        on
            orders.currency = fx_rates.ccy
            and orders.order_date = fx_rates.as_of_date
    left join dim_customers
        on
            orders.customer_id = dim_customers.customer_id
            and {{ valid_on('orders.order_date', 'dim_customers') }}
),

lines as (
    select
        priced.*,
        order_items.line_number,
        order_items.product_id,
        coalesce(dim_products.product_key, 'unknown') as product_key,
        dim_products.sku,
        coalesce(dim_products.category, 'unknown') as category,
        order_items.quantity,
        order_items.unit_price,
        cast(order_items.quantity * order_items.unit_price as decimal(18, 2)) as gross_amount,
        order_items.discount_amount,
        order_items.line_amount as net_amount
    from order_items
    inner join priced
        on order_items.order_id = priced.order_id
    left join dim_products
        on
            order_items.product_id = dim_products.product_id
            and {{ valid_on('priced.order_date', 'dim_products') }}
),

valued as (
    select
        lines.*,
        {{ to_base('lines.gross_amount', 'lines.rate_to_base') }} as gross_base,
        {{ to_base('lines.discount_amount', 'lines.rate_to_base') }} as discount_base,
        {{ to_base('lines.net_amount', 'lines.rate_to_base') }} as net_base,
        unit_costs.unit_cost_base,
        cast(lines.quantity * unit_costs.unit_cost_base as decimal(18, 4)) as cost_base,
        returned.order_id is not null as is_returned
    from lines
    left join unit_costs
        on
            lines.sku = unit_costs.sku
            and lines.order_date >= unit_costs.valid_from
            and (lines.order_date < unit_costs.valid_to or unit_costs.valid_to is null)
    left join returned
        on
            lines.order_id = returned.order_id
            and lines.sku = returned.sku
),

final as (
    select
        order_id,
        line_number,
        order_date,
        customer_key,
        product_key,
        customer_id,
        product_id,
        sku,
        country,
        category,
        order_status,
        payment_method,
        order_status = 'canceled' as is_canceled,
        is_deleted,
        is_returned,
        currency,
        rate_to_base,
        quantity,
        unit_price,
        gross_amount,
        discount_amount,
        net_amount,
        gross_base,
        discount_base,
        net_base,
        unit_cost_base,
        cost_base,
        cast(net_base - cost_base as decimal(18, 4)) as margin_base,
        {{ built_at() }} as _built_at,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month
    from valued
)

{% set touched = 'order_id in (select touched.order_id from ' ~ ref('touched_orders') ~ ' as touched)' %}
{{ changed_rows('final', within=touched) }}
