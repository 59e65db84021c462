{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['order_date', 'country', 'category'],
    merge_delete_condition='DBT_INTERNAL_SOURCE.order_count is null',
) }}

with

sales as (
    select * from {{ ref('fact_sales') }}
    where not is_canceled and not is_deleted
),

dim_customers as (
    select * from {{ ref('dim_customers') }}
),

dim_products as (
    select * from {{ ref('dim_products') }}
),

final as (
    select
        sales.order_date,
        coalesce(dim_customers.country, 'unknown') as country,
        coalesce(dim_products.category, 'unknown') as category,
        count(distinct sales.order_id) as order_count,
        count(distinct sales.customer_id) as customer_count,
        sum(sales.quantity) as units,
        cast(sum(sales.gross_base) as decimal(18, 4)) as gross_base,
        cast(sum(sales.net_base) as decimal(18, 4)) as net_base,
        cast(coalesce(sum(sales.margin_base), 0) as decimal(18, 4)) as margin_base,
        cast(sum(case when sales.is_returned then sales.net_base else 0 end) as decimal(18, 4)) as refunds_base
    from sales
    left join dim_customers
        on sales.customer_key = dim_customers.customer_key
    left join dim_products
        on sales.product_key = dim_products.product_key
    group by 1, 2, 3
)

{{ changed_rows('final') }}
