{# What lay in a warehouse in the evening lies there the next morning, and no day lacks. #}

select
    evening.product_id,
    evening.warehouse_id,
    evening.snapshot_date,
    evening.closing_quantity,
    morning.opening_quantity
from {{ ref('fact_inventory') }} as evening
left join {{ ref('fact_inventory') }} as morning
    on
        evening.product_id = morning.product_id
        and evening.warehouse_id = morning.warehouse_id
        and morning.snapshot_date = {{ add_days('evening.snapshot_date', 1) }}
left join {{ ref('product_inventory') }} as inventory
    on
        evening.product_id = inventory.product_id
        and evening.warehouse_id = inventory.warehouse_id
where
    (morning.snapshot_date is not null and evening.closing_quantity is distinct from morning.opening_quantity)
    or (
        morning.snapshot_date is null
        and evening.snapshot_date < {{ run_date() }}
        and not coalesce(inventory.is_deleted, false)
    )
