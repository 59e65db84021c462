{{ config(materialized='ephemeral') }}

with

products as (
    select
        sku,
        min(product_id) as product_id
    from {{ ref('products') }}
    group by sku
),

shipments as (
    select
        products.product_id,
        shipments.warehouse_id,
        cast(shipments.shipped_at as date) as shipped_date,
        cast(shipments.received_at as date) as received_date,
        shipments.quantity
    from {{ ref('vendor_shipments') }} as shipments
    inner join products
        on shipments.sku = products.sku
    where shipments.shipped_at is not null
),

changes as (
    select
        product_id,
        warehouse_id,
        shipped_date as change_date,
        quantity
    from shipments
    union all
    select
        product_id,
        warehouse_id,
        received_date as change_date,
        -quantity as quantity
    from shipments
    where received_date is not null
),

final as (
    select
        product_id,
        warehouse_id,
        change_date,
        cast(sum(quantity) as bigint) as quantity
    from changes
    group by product_id, warehouse_id, change_date
)

select * from final
