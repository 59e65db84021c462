{{ config(meta={'test_window': {'order_date': 35}}) }}

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
        sales.order_id,
        sales.line_number,
        sales.order_date,
        sales.month,
        coalesce(dim_customers.country, 'unknown') as country,
        coalesce(dim_products.category, 'unknown') as category,
        sales.customer_id,
        sales.quantity,
        sales.gross_base,
        sales.net_base,
        sales.margin_base,
        case when sales.is_returned then sales.net_base else 0 end as refund_base
    from sales
    left join dim_customers
        on sales.customer_key = dim_customers.customer_key
    left join dim_products
        on sales.product_key = dim_products.product_key
)

select * from final
