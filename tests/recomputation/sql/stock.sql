-- Pieces in a warehouse in the evening: on a day with a count what was counted last, and what moved after its instant;
-- after it the count and all movements since, before the first count that count less the movements up to it. A vendor's
-- shipment moves stock when it is received, as a piece of the product that had its sku on the day it was shipped.
create table received as
with shipped as (
    select *, coalesce(shipped_at, received_at)::date as known_day
    from shipments
    where
        shipment_id is not null and quantity > 0 and warehouse_id is not null
        and not coalesce(received_at < shipped_at, false) and received_at::date <= today()
)
select min(v.product_id) as product_id, any_value(s.warehouse_id) as warehouse_id, any_value(s.received_at) as moved_at, any_value(s.quantity) as quantity
from shipped as s
join dim_products as v
    on v.sku = s.sku and s.known_day >= v.first_day and (v.next_day is null or s.known_day < v.next_day)
group by s.shipment_id;

create table moves as
select product_id, warehouse_id, timestamp as moved_at, timestamp::date as day, quantity_delta as quantity
from inventory_updates
where
    not coalesce(_tombstone, false) and event_id is not null and product_id is not null and warehouse_id is not null
    and quantity_delta is not null and timestamp::date between date '2000-01-01' and today()
union all
select product_id, warehouse_id, moved_at, moved_at::date, quantity from received;

create table counts as
with latest as (
    select product_id, warehouse_id, updated_at, updated_at::date as day, quantity_on_hand, coalesce(_is_deleted, false) as is_deleted
    from postgres__product_inventory where updated_at::date <= today()
    qualify row_number() over (partition by product_id, warehouse_id, updated_at::date order by updated_at desc, _version desc, _ingest_ts desc, _row_id desc) = 1
)
select
    * replace (quantity_on_hand + coalesce((
        select sum(m.quantity) from moves m
        where m.product_id = latest.product_id and m.warehouse_id = latest.warehouse_id and m.day = latest.day and m.moved_at > latest.updated_at
    ), 0) as quantity_on_hand)
from latest;

create table stock_daily as
with places as (
    select product_id, warehouse_id, min(day) as first_day from (select product_id, warehouse_id, day from moves union all select product_id, warehouse_id, day from counts)
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
