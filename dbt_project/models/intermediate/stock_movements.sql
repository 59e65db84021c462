with

updates as (
    select
        event_id as movement_id,
        product_id,
        warehouse_id,
        event_at as moved_at,
        event_date as movement_date,
        quantity_delta as quantity,
        false as is_receipt
    from {{ ref('inventory_updates') }}
),

receipts as (
    select
        shipment_id as movement_id,
        product_id,
        warehouse_id,
        received_at as moved_at,
        received_date as movement_date,
        quantity,
        true as is_receipt
    from {{ ref('stock_shipments') }}
    where received_date <= {{ run_date() }}
),

final as (
    select * from updates
    union all
    select * from receipts
)

select * from final
