-- Orders and lines whose latest version breaks no rule of quarantine.
create table sound_orders as
select
    orders.order_id, orders.customer_id, orders.order_date, lower(blanks_off(orders.status)) as status,
    orders.payment_method, orders.currency, coalesce(orders.is_deleted, false) as is_deleted, fx_rates.rate_to_base
from orders
join currencies on orders.currency = currencies.currency
join fx_rates on fx_rates.ccy = orders.currency and fx_rates.day = orders.order_date
where
    orders.total_amount >= 0 and orders.customer_id is not null
    and orders.order_date between date '2000-01-01' and today();

create table sound_lines as
select
    order_id, line_number, product_id, quantity, unit_price::decimal(18, 2) as unit_price,
    coalesce(discount_amount, 0)::decimal(18, 2) as discount_amount
from order_items
where
    quantity > 0 and product_id is not null and unit_price >= 0
    and coalesce(discount_amount, 0) between 0 and quantity * unit_price;

-- Which sku of which order came back, by the last version of each return that breaks no rule.
create table came_back as
with sound as (
    select * from vendor_files__returns
    where return_id is not null and order_id is not null and sku is not null and quantity > 0
    qualify row_number() over (partition by return_id order by _version desc, _ingest_ts desc, _row_id desc) = 1
)
select distinct order_id, sku from sound;

-- What a piece of a sku costs from a day on: the lowest price of that day's lists, then the first vendor by id; of a price
-- the last version that breaks no rule.
create table unit_costs as
with read as (
    select
        *, case when regexp_full_match(blanks_off(unit_cost), '[-+]?[0-9]+([.][0-9]{1,2}0*)?')
            then try_cast(blanks_off(unit_cost) as decimal(18, 2)) end as cost,
        try_cast(blanks_off(valid_from) as date) as day
    from vendor_files__price_list
),
prices as (
    select vendor_id, sku, currency, cost as unit_cost, day as valid_from from read
    where vendor_id is not null and sku is not null and cost >= 0 and day is not null
    qualify row_number() over (partition by vendor_id, sku, day order by _version desc, _ingest_ts desc, _row_id desc) = 1
),
worth as (
    select
        prices.vendor_id, prices.sku, prices.valid_from,
        in_base(prices.unit_cost, fx_rates.rate_to_base) as unit_cost_base
    from prices
    join fx_rates on fx_rates.ccy = prices.currency and fx_rates.day = least(prices.valid_from, today())
)
select sku, valid_from, unit_cost_base from worth
qualify row_number() over (partition by sku, valid_from order by unit_cost_base, vendor_id) = 1;
