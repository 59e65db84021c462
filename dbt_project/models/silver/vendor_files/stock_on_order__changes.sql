{{ config(materialized='ephemeral') }}

with

shipments as (
    select
        *,
        coalesce(received_date > overdue_date, true) as becomes_overdue
    from {{ ref('stock_shipments') }}
    where shipped_date is not null
),

changes as (
    select
        product_id,
        warehouse_id,
        shipped_date as change_date,
        quantity as on_order_change,
        0 as overdue_change
    from shipments
    union all
    select
        product_id,
        warehouse_id,
        overdue_date as change_date,
        -quantity as on_order_change,
        quantity as overdue_change
    from shipments
    where becomes_overdue
    union all
    select
        product_id,
        warehouse_id,
        received_date as change_date,
        case when becomes_overdue then 0 else -quantity end as on_order_change,
        case when becomes_overdue then -quantity else 0 end as overdue_change
    from shipments
    where received_date is not null
),

final as (
    select
        product_id,
        warehouse_id,
        change_date,
        cast(sum(on_order_change) as bigint) as on_order_change,
        cast(sum(overdue_change) as bigint) as overdue_change
    from changes
    group by product_id, warehouse_id, change_date
)

select * from final
