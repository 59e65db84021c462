{% set overdue_days = 30 %}

with

shipments as (
    select
        *,
        case when expected_at > shipped_at then expected_at else shipped_at end as due_at,
        cast(coalesce(shipped_at, received_at) as date) as first_date
    from {{ ref('vendor_shipments') }}
    where warehouse_id is not null
),

-- of the product that had the sku on the day of the shipment
placed as (
    select
        shipments.shipment_id,
        min(products.product_id) as product_id
    from shipments
    inner join {{ ref('dim_products') }} as products
        on
            shipments.sku = products.sku
            and {{ valid_on('shipments.first_date', 'products') }}
    group by shipments.shipment_id
),

final as (
    select
        shipments.shipment_id,
        placed.product_id,
        shipments.warehouse_id,
        shipments.quantity,
        cast(shipments.shipped_at as date) as shipped_date,
        shipments.received_at,
        cast(shipments.received_at as date) as received_date,
        {{ add_days('cast(shipments.due_at as date)', overdue_days + 1) }} as overdue_date
    from shipments
    inner join placed
        on shipments.shipment_id = placed.shipment_id
)

select * from final
