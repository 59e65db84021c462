{% set fact = built_table('fact_sales') %}
{% set since = last_built_at('fact_sales') %}
{#- columns of a line that come by its customer and product, and where they come from -#}
{%- set lookups = [
    {'by': 'product_id', 'in': 'dim_products', 'columns': ['product_key', 'sku', 'category']},
    {'by': 'customer_id', 'in': 'dim_customers', 'columns': ['customer_key', 'country']},
] %}
-- depends_on: {{ ref('fx_rates') }} {{ ref('dim_customers') }} {{ ref('unit_costs') }}
-- depends_on: {{ ref('vendor_prices__validated') }}
with

changed as (
    {% for model in ['orders', 'order_items'] %}
    select order_id from {{ ref(model) }}
    where {{ written_since(ref(model), since) }}
    union all
    -- a row that was rejected is in no table that says when
    select order_id from {{ ref(model ~ '__validated') }}
    where broken_rules is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- a return may tell of another order than before, which only bronze still knows
returns_changed as (
    select return_id from {{ ref('vendor_returns') }}
    where {{ written_since(ref('vendor_returns'), since) }}
    union all
    select return_id from {{ ref('vendor_returns__validated') }}
    where broken_rules is not null
),

offers_changed as (
    select
        sku,
        valid_from
    from {{ ref('vendor_prices') }}
    where {{ written_since(ref('vendor_prices'), since) }}
),

prices_changed as (
    select
        products.product_id,
        min(offers_changed.valid_from) as valid_from
    from offers_changed
    inner join {{ ref('dim_products') }} as products
        on offers_changed.sku = products.sku
    group by products.product_id
),

touched as (
    select order_id from changed
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
    {% if since %}
    -- lines that are there, but with another rate or version than they should have
    union
    select held.order_id
    from {{ fact }} as held
    left join {{ ref('fx_rates') }} as fx_rates
        on
            held.currency = fx_rates.ccy
            and held.order_date = fx_rates.as_of_date
    where held.rate_to_base is distinct from fx_rates.rate_to_base
    -- of a rejected price the last valid version counts, and a late one may be it
    union
    select held.order_id
    from {{ fact }} as held
    left join {{ ref('unit_costs') }} as unit_costs
        on
            held.sku = unit_costs.sku
            and held.order_date >= unit_costs.valid_from
            and (held.order_date < unit_costs.valid_to or unit_costs.valid_to is null)
    where
        held.sku in (
            select prices.sku from {{ ref('vendor_prices__validated') }} as prices
            where prices.broken_rules is not null
        )
        and held.unit_cost_base is distinct from unit_costs.unit_cost_base
    {% for lookup in lookups %}
    union
    select held.order_id
    from {{ fact }} as held
    left join {{ ref(lookup['in']) }} as found
        on
            held.{{ lookup.by }} = found.{{ lookup.by }}
            and {{ valid_on('held.order_date', 'found') }}
    where
        held.{{ lookup.by }} in (
            select written.{{ lookup.by }} from {{ ref(lookup['in']) }} as written
            where {{ written_since(ref(lookup['in']), since, lookup.by) }}
        )
        and (
            {% for column in lookup.columns %}
            nullif(held.{{ column }}, 'unknown') is distinct from found.{{ column }} {{ 'or' if not loop.last }}
            {% endfor %}
        )
    {% endfor %}
    {% elif fact %}
    union
    select order_id from {{ fact }}
    {% endif %}
),

final as (
    select order_id from touched
    where coalesce(length(order_id), -1) >= 0  -- not NULL, in a way that Sail can't estimate: see new_rows
)

select * from final
