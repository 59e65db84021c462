{# Today's closing is what silver.product_inventory says, and the movements of the days since it said so. #}

with

moved as (
    select
        inventory.product_id,
        inventory.warehouse_id,
        sum(updates.quantity_delta) as quantity
    from {{ ref('product_inventory') }} as inventory
    inner join {{ ref('inventory_updates') }} as updates
        on
            inventory.product_id = updates.product_id
            and inventory.warehouse_id = updates.warehouse_id
            and updates.event_date > cast(inventory.updated_at as date)
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
