{% set fact = built_table('fact_sales') %}
{% set since = last_built_at(fact) %}

-- depends_on: {{ ref('fx_rates') }}
with

customers_changed as (
    select customer_id from {{ ref('dim_customers') }}
    where {{ written_since(ref('dim_customers'), since, 'customer_key') }}
),

changed as (
    {% for model in ['orders', 'orders__quarantine', 'order_items', 'order_items__quarantine'] %}
    select order_id from {{ ref(model) }}
    where {{ written_since(ref(model), since) }}
    union all
    {% endfor %}
    select order_id from {{ ref('orders') }}
    where customer_id in (select customers_changed.customer_id from customers_changed)
),

products_changed as (
    {% for model in ['products', 'products__quarantine'] %}
    select product_id from {{ ref(model) }}
    where {{ written_since(ref(model), since) }}
    union all
    {% endfor %}
    select product_id from {{ ref('dim_products') }}
    where {{ written_since(ref('dim_products'), since, 'product_key') }}
),

-- a return may tell of another order than before, which only bronze still knows
returns_changed as (
    {% for model in ['vendor_returns', 'vendor_returns__quarantine'] %}
    select return_id from {{ ref(model) }}
    where {{ written_since(ref(model), since) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

offers_changed as (
    {% for model in ['vendor_prices', 'vendor_prices__quarantine'] %}
    select
        sku,
        coalesce(valid_from, cast({{ beginning_of_time() }} as date)) as valid_from
    from {{ ref(model) }}
    where {{ written_since(ref(model), since) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

prices_changed as (
    select
        products.product_id,
        min(offers_changed.valid_from) as valid_from
    from offers_changed
    inner join {{ ref('products') }} as products
        on offers_changed.sku = products.sku
    group by products.product_id
),

touched as (
    select order_id from changed
    union
    select order_id from {{ ref('order_items') }}
    where product_id in (select products_changed.product_id from products_changed)
    union
    select order_id from {{ source('bronze', 'vendor_files__returns') }}
    where return_id in (select returns_changed.return_id from returns_changed)
    union
    select order_items.order_id
    from prices_changed
    inner join {{ ref('order_items') }} as order_items
        on prices_changed.product_id = order_items.product_id
    inner join {{ ref('orders') }} as orders
        on
            order_items.order_id = orders.order_id
            and prices_changed.valid_from <= orders.order_date
    {% if fact %}
    union
    -- an order's rate stands in no order
    select held.order_id
    from {{ fact }} as held
    left join {{ ref('fx_rates') }} as fx_rates
        on
            held.currency = fx_rates.ccy
            and held.order_date = fx_rates.as_of_date
    where {{ 'held.rate_to_base is distinct from fx_rates.rate_to_base' if since else 'true' }}
    {% endif %}
),

final as (
    select order_id from touched
    where
        order_id is not null
        -- always true: see new_rows
        and coalesce(length(order_id), 1) >= 0
)

select * from final
