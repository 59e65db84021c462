{{ config(materialized='ephemeral') }}

with

-- of the product that had the sku on the day of the shipment
shipments as (
    select
        min(products.product_id) as product_id,
        shipments.warehouse_id,
        cast(shipments.shipped_at as date) as shipped_date,
        cast(shipments.received_at as date) as received_date,
        shipments.quantity
    from {{ ref('vendor_shipments') }} as shipments
    inner join {{ ref('dim_products') }} as products
        on
            shipments.sku = products.sku
            and {{ valid_on('cast(shipments.shipped_at as date)', 'products') }}
    where shipments.shipped_at is not null
    group by
        shipments.shipment_id, shipments.warehouse_id, shipments.shipped_at, shipments.received_at, shipments.quantity
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
