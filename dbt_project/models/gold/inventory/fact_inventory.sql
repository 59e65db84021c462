{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['product_id', 'warehouse_id', 'snapshot_date'],
    meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.movement_quantity is null',
          'test_window': {'snapshot_date': 35}},
) }}

{% set cover_days = 28 %}
{% set day_by_day = 'partition by product_id, warehouse_id order by snapshot_date' %}
{% set recently = day_by_day ~ ' rows between ' ~ (cover_days - 1) ~ ' preceding and current row' %}

with

movements as (
    select
        product_id,
        warehouse_id,
        movement_date,
        sum(case when is_receipt then 0 else quantity end) as quantity,
        sum(case when is_receipt then quantity else 0 end) as received,
        sum(case when quantity < 0 then -quantity else 0 end) as outgoing
    from {{ ref('stock_movements') }}
    group by product_id, warehouse_id, movement_date
),

counts as (
    select * from {{ ref('stock_counts_daily') }}
),

known_days as (
    select
        product_id,
        warehouse_id,
        movement_date as known_date
    from movements
    union all
    select
        product_id,
        warehouse_id,
        count_date as known_date
    from counts
),

-- what lies where, and from when to when we know of it: to the day before its record was deleted, else to today
spans as (
    select
        known_days.product_id,
        known_days.warehouse_id,
        min(known_days.known_date) as first_date,
        max(case
            when inventory.is_deleted then {{ add_days('cast(inventory._loaded_at as date)', -1) }}
            else {{ run_date() }}
        end) as last_date
    from known_days
    left join {{ ref('product_inventory') }} as inventory
        on
            known_days.product_id = inventory.product_id
            and known_days.warehouse_id = inventory.warehouse_id
    group by known_days.product_id, known_days.warehouse_id
),

-- shipments of the time before count from the first day on
orders as (
    select
        spans.product_id,
        spans.warehouse_id,
        greatest(changes.change_date, spans.first_date) as change_date,
        sum(changes.on_order_change) as on_order_change,
        sum(changes.overdue_change) as overdue_change
    from spans
    inner join {{ ref('stock_on_order__changes') }} as changes
        on
            spans.product_id = changes.product_id
            and spans.warehouse_id = changes.warehouse_id
    group by spans.product_id, spans.warehouse_id, greatest(changes.change_date, spans.first_date)
),

days as (
    select calendar.date_day
    from {{ ref('dim_dates') }} as calendar
    where calendar.date_day between (select min(spans.first_date) from spans) and {{ run_date() }}
),

daily as (
    select
        spans.product_id,
        spans.warehouse_id,
        days.date_day as snapshot_date,
        coalesce(movements.quantity, 0) as movement_quantity,
        coalesce(movements.received, 0) as received_quantity,
        coalesce(movements.outgoing, 0) as outgoing,
        coalesce(orders.on_order_change, 0) as on_order_change,
        coalesce(orders.overdue_change, 0) as overdue_change,
        counts.quantity_on_hand + counts.moved_since_count as counted_quantity,
        counts.quantity_reserved
    from spans
    inner join days
        on days.date_day between spans.first_date and spans.last_date
    left join movements
        on
            spans.product_id = movements.product_id
            and spans.warehouse_id = movements.warehouse_id
            and days.date_day = movements.movement_date
    left join orders
        on
            spans.product_id = orders.product_id
            and spans.warehouse_id = orders.warehouse_id
            and days.date_day = orders.change_date
    left join counts
        on
            spans.product_id = counts.product_id
            and spans.warehouse_id = counts.warehouse_id
            and days.date_day = counts.count_date
),

-- everything that happened up to the evening of each day
evenings as (
    select
        *,
        sum(movement_quantity + received_quantity) over ({{ day_by_day }}) as moved,
        sum(on_order_change) over ({{ day_by_day }}) as on_order,
        sum(overdue_change) over ({{ day_by_day }}) as overdue,
        count(counted_quantity) over ({{ day_by_day }}) as counts_so_far,
        sum(outgoing) over ({{ recently }}) as recent_outgoing,
        count(*) over ({{ recently }}) as recent_days
    from daily
),

-- a count holds until the next one, moved on by what came and went after its instant; the first holds backwards, too
balanced as (
    select
        *,
        moved + max(counted_quantity - moved) over (
            partition by product_id, warehouse_id, greatest(counts_so_far, 1)
        ) as closing,
        max(quantity_reserved) over (partition by product_id, warehouse_id, counts_so_far) as reserved
    from evenings
),

chained as (
    select
        *,
        coalesce(lag(closing) over ({{ day_by_day }}), closing - movement_quantity - received_quantity) as opening,
        case when closing < 0 then 0 else closing end as left_over
    from balanced
),

final as (
    select
        product_id,
        warehouse_id,
        snapshot_date,
        cast(opening as bigint) as opening_quantity,
        cast(movement_quantity as bigint) as movement_quantity,
        cast(received_quantity as bigint) as received_quantity,
        cast(closing - opening - movement_quantity - received_quantity as bigint) as counted_difference,
        cast(closing as bigint) as closing_quantity,
        cast(reserved as bigint) as reserved_quantity,
        cast(on_order as bigint) as on_order_quantity,
        cast(overdue as bigint) as overdue_quantity,
        {{ divide('left_over * recent_days', 'recent_outgoing', 2) }} as days_of_cover,
        counted_quantity is not null as is_counted,
        closing <= 0 as is_out_of_stock
    from chained
)

{{ changed_rows('final') }}
