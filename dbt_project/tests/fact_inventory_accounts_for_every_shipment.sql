{#
  Every piece that vendors shipped to stock whose record was not deleted is received, on order or overdue, once.
#}

with

shipments as (
    select
        *,
        coalesce(received_date <= {{ run_date() }}, false) as is_there,
        coalesce(shipped_date <= {{ run_date() }}, false) as has_left
    from {{ ref('stock_shipments') }}
),

shipped as (
    select
        product_id,
        warehouse_id,
        sum(case when is_there then quantity else 0 end) as received,
        sum(case when has_left and not is_there then quantity else 0 end) as awaited
    from shipments
    group by product_id, warehouse_id
),

stock as (
    select
        product_id,
        warehouse_id,
        sum(received_quantity) as received,
        sum(case when snapshot_date = {{ run_date() }} then on_order_quantity + overdue_quantity else 0 end) as awaited
    from {{ ref('fact_inventory') }}
    group by product_id, warehouse_id
)

select
    stock.product_id,
    stock.warehouse_id,
    stock.received,
    shipped.received as shipped_received,
    stock.awaited,
    shipped.awaited as shipped_awaited
from stock
left join shipped
    on
        stock.product_id = shipped.product_id
        and stock.warehouse_id = shipped.warehouse_id
left join {{ ref('product_inventory') }} as inventory
    on
        stock.product_id = inventory.product_id
        and stock.warehouse_id = inventory.warehouse_id
where
    not coalesce(inventory.is_deleted, false)
    and (stock.received <> coalesce(shipped.received, 0) or stock.awaited <> coalesce(shipped.awaited, 0))
