-- Pieces in a warehouse in the evening: on a day with a count what was counted last, after it the count and all
-- movements since, before the first count that count less the movements up to it.
create table moves as
select product_id, warehouse_id, timestamp::date as day, sum(quantity_delta) as quantity
from inventory_updates
where
    not coalesce(_tombstone, false) and event_id is not null and product_id is not null and warehouse_id is not null
    and quantity_delta is not null and timestamp::date between date '2000-01-01' and today()
group by all;

create table counts as
select product_id, warehouse_id, updated_at::date as day, quantity_on_hand, coalesce(_is_deleted, false) as is_deleted
from postgres__product_inventory
qualify row_number() over (partition by product_id, warehouse_id, updated_at::date order by updated_at desc, _version desc, _ingest_ts desc, _row_id desc) = 1;

create table stock_daily as
with places as (
    select product_id, warehouse_id, min(day) as first_day from (select product_id, warehouse_id, day from moves union all select product_id, warehouse_id, day from counts where day <= today())
    group by all
),
days as (
    select product_id, warehouse_id, unnest(generate_series(first_day, today(), interval 1 day))::date as day from places
),
first_counts as (select product_id, warehouse_id, min(day) as day, arg_min(quantity_on_hand, day) as quantity from counts group by all)
select
    days.product_id, days.warehouse_id, days.day,
    coalesce(
        (select arg_max(c.quantity_on_hand, c.day) from counts c where c.product_id = days.product_id and c.warehouse_id = days.warehouse_id and c.day <= days.day)
        + coalesce((select sum(m.quantity) from moves m where m.product_id = days.product_id and m.warehouse_id = days.warehouse_id and m.day <= days.day
            and m.day > (select max(c.day) from counts c where c.product_id = days.product_id and c.warehouse_id = days.warehouse_id and c.day <= days.day)), 0),
        (select quantity from first_counts f where f.product_id = days.product_id and f.warehouse_id = days.warehouse_id)
        - coalesce((select sum(m.quantity) from moves m where m.product_id = days.product_id and m.warehouse_id = days.warehouse_id and m.day > days.day
            and m.day <= (select f.day from first_counts f where f.product_id = days.product_id and f.warehouse_id = days.warehouse_id)), 0)
    ) as closing_quantity
from days;
