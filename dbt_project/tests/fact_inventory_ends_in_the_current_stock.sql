{#
  Today's closing is what silver.product_inventory says, and what moved and was received after the instant at which it
  said so.
#}

with

movements as (
    select
        product_id,
        warehouse_id,
        event_at as moved_at,
        quantity_delta as quantity
    from {{ ref('inventory_updates') }}
    union all
    select
        product_id,
        warehouse_id,
        received_at as moved_at,
        quantity
    from {{ ref('stock_shipments') }}
    where received_date <= {{ run_date() }}
),

moved as (
    select
        inventory.product_id,
        inventory.warehouse_id,
        sum(movements.quantity) as quantity
    from {{ ref('product_inventory') }} as inventory
    inner join movements
        on
            inventory.product_id = movements.product_id
            and inventory.warehouse_id = movements.warehouse_id
            and inventory.updated_at < movements.moved_at
    group by inventory.product_id, inventory.warehouse_id
)

select
    inventory.product_id,
    inventory.warehouse_id,
    inventory.quantity_on_hand,
    moved.quantity as moved_quantity,
    stock.closing_quantity
from {{ ref('product_inventory') }} as inventory
left join moved
    on
        inventory.product_id = moved.product_id
        and inventory.warehouse_id = moved.warehouse_id
left join {{ ref('fact_inventory') }} as stock
    on
        inventory.product_id = stock.product_id
        and inventory.warehouse_id = stock.warehouse_id
        and stock.snapshot_date = {{ run_date() }}
where
    not inventory.is_deleted
    and stock.closing_quantity is distinct from inventory.quantity_on_hand + coalesce(moved.quantity, 0)
