with

numbered as (
    select
        *,
        row_number() over (partition by product_id, warehouse_id, count_date order by counted_at desc) as place
    from {{ ref('inventory_counts') }}
),

counts as (
    select * from numbered
    where place = 1
),

movements as (
    select * from {{ ref('stock_movements') }}
),

final as (
    select
        counts.product_id,
        counts.warehouse_id,
        counts.count_date,
        counts.counted_at,
        counts.quantity_on_hand,
        cast(coalesce(sum(movements.quantity), 0) as bigint) as moved_since_count,
        counts.quantity_reserved
    from counts
    left join movements
        on
            counts.product_id = movements.product_id
            and counts.warehouse_id = movements.warehouse_id
            and counts.count_date = movements.movement_date
            and counts.counted_at < movements.moved_at
    group by
        counts.product_id,
        counts.warehouse_id,
        counts.count_date,
        counts.counted_at,
        counts.quantity_on_hand,
        counts.quantity_reserved
)

select * from final
