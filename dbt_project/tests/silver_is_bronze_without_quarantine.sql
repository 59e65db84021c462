{#
  Every key of bronze stands in silver or in its quarantine, in one of them and once; and nothing else stands there.
  Fails with the keys for which this does not hold, and where each was found.
#}
{#- a vendor's row without a key counts by its place in the file, a message by that in its topic; tombstones don't -#}
{%- set price_day = try_cast(trimmed('valid_from'), 'date') -%}
{%- set price_day_text = "coalesce(cast(" ~ price_day ~ " as " ~ dbt.type_string() ~ "), valid_from, '')" -%}
{%- set price_key = ["coalesce(vendor_id, _row_id)", "coalesce(sku, _row_id)", price_day_text] -%}
{%- set models = [
    ('customers', 'snowflake__customers', ['customer_id'], none),
    ('orders', 'snowflake__orders', ['order_id'], none),
    ('order_items', 'snowflake__order_items', ['order_id', 'line_number'], none),
    ('products', 'snowflake__products', ['product_id'], none),
    ('financial_transactions', 'snowflake__financial_transactions', ['transaction_id'], none),
    ('customer_events', 'redshift__customer_events', ['event_id'], none),
    ('accounts', 'salesforce__account', ['id'], none),
    ('contacts', 'salesforce__contact', ['id'], none),
    ('opportunities', 'salesforce__opportunity', ['id'], none),
    ('vendor_prices', 'vendor_files__price_list', ['vendor_id', 'sku', 'valid_from_text'], price_key),
    ('vendor_shipments', 'vendor_files__shipments', ['shipment_id'], ['coalesce(shipment_id, _row_id)']),
    ('vendor_returns', 'vendor_files__returns', ['return_id'], ['coalesce(return_id, _row_id)']),
    ('payments', 'cdc__payments', ['payment_id'], none),
    ('users', 'postgres__users', ['user_id'], none),
    ('subscriptions', 'postgres__subscriptions', ['subscription_id'], none),
    ('product_inventory', 'postgres__product_inventory', ['product_id', 'warehouse_id'], none),
    ('inventory_counts', 'postgres__product_inventory', ['product_id', 'warehouse_id', 'counted_at'],
        ['product_id', 'warehouse_id', 'updated_at']),
    ('user_sessions', 'postgres__user_sessions', ['session_id'], none),
    ('user_events', 'kafka__user_events', ['event_id'], ['coalesce(event_id, _row_id)']),
    ('order_events', 'kafka__order_events', ['event_id'], ['coalesce(event_id, _row_id)']),
    ('inventory_updates', 'kafka__inventory_updates', ['event_id'], ['coalesce(event_id, _row_id)']),
    ('system_metrics', 'kafka__system_metrics', ['event_id'], ['coalesce(event_id, _row_id)']),
] -%}
{%- set own_names = {('vendor_prices', 'valid_from_text'): 'cast(valid_from as ' ~ dbt.type_string() ~ ')'} -%}
{%- set quarantined = [
    'orders', 'order_items', 'vendor_prices', 'vendor_shipments', 'vendor_returns',
    'user_events', 'order_events', 'inventory_updates', 'system_metrics',
] -%}

with

{% for model, bronze, key, bronze_key in models %}
{{ model }}_places as (
    {% set received = [] %}
    {% for name in key %}{% do received.append((bronze_key or key)[loop.index0] ~ ' as ' ~ name) %}{% endfor %}
    select distinct
        {{ received | join(', ') }},
        1 as in_bronze,
        0 as in_silver,
        0 as in_quarantine
    from {{ source('bronze', bronze) }}
    where {{ 'not coalesce(_tombstone, false)' if bronze.startswith('kafka__') else 'true' }}
    union all
    {% set held = [] %}
    {% for name in key %}{% do held.append(own_names.get((model, name), name) ~ ' as ' ~ name) %}{% endfor %}
    select
        {{ held | join(', ') }},
        0 as in_bronze,
        1 as in_silver,
        0 as in_quarantine
    from {{ ref(model) }}
    {% if model in quarantined %}
    union all
    select
        {{ key | join(', ') }},
        0 as in_bronze,
        0 as in_silver,
        1 as in_quarantine
    from {{ ref(model ~ '__quarantine') }}
    {% endif %}
),

{{ model }}_keys as (
    select
        {{ key | join(', ') }},
        sum(in_bronze) as bronze_count,
        sum(in_silver) as silver_count,
        sum(in_quarantine) as quarantine_count
    from {{ model }}_places
    group by {{ key | join(', ') }}
    having sum(in_bronze) <> 1 or sum(in_silver) + sum(in_quarantine) <> 1
),

{% endfor %}
final as (
    {% for model, _, key, _ in models %}
    select
        '{{ model }}' as model,
        {% set texts = [] %}
        {% for name in key %}{% do texts.append('cast(' ~ name ~ ' as ' ~ dbt.type_string() ~ ')') %}{% endfor %}
        {{ texts | join(" || ' | ' || ") }} as row_key,
        bronze_count,
        silver_count,
        quarantine_count
    from {{ model }}_keys
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
