{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='event_id',
    meta={
        'merge_delete_condition': 'DBT_INTERNAL_SOURCE.event_date is null',
        'test_window': {'_loaded_at': 1},
    },
) }}

with

-- what the shop says of its users, in Kafka
shop_events as (
    select
        event_id,
        'shop' as told_by,
        event_type,
        event_at,
        event_date,
        cast(null as {{ dbt.type_string() }}) as session_id,
        user_id,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as {{ dbt.type_string() }}) as channel,
        cast(null as {{ dbt.type_string() }}) as device_type,
        page_url,
        product_id,
        cast(null as bigint) as quantity,
        cast(null as {{ dbt.type_string() }}) as search_term,
        cast(null as {{ dbt.type_string() }}) as order_id,
        _source,
        _loaded_at
    from {{ ref('user_events') }}
),

-- what the tracker says of its visitors, in Redshift
tracker_events as (
    select
        event_id,
        'tracker' as told_by,
        event_name as event_type,
        event_at,
        event_date,
        session_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        customer_id,
        channel,
        device_type,
        page_url,
        product_id,
        quantity,
        search_term,
        order_id,
        _source,
        _loaded_at
    from {{ ref('customer_events') }}
),

events as (
    select * from shop_events
    union all
    select * from tracker_events
),

users as (
    select * from {{ ref('dim_users') }}
),

users_of_customers as (
    {{ latest_per_key(ref('users'), 'customer_id', 'user_id') }}
),

{% if is_incremental() %}
-- days with other events than before, and days with events of people we know more, or else, about
touched as (
    {{ changed_partitions('events') }}
    union
    select held.event_date
    from {{ this }} as held
    left join users on held.user_id = users.user_id
    where held.told_by = 'shop' and held.customer_id is distinct from users.customer_id
    union
    select held.event_date
    from {{ this }} as held
    left join users_of_customers on held.customer_id = users_of_customers.customer_id
    where held.told_by = 'tracker' and held.user_id is distinct from users_of_customers.user_id
),
{% endif %}

final as (
    select
        events.event_id,
        events.told_by,
        events.event_type,
        events.event_at,
        events.event_date,
        events.session_id,
        coalesce(events.user_id, users_of_customers.user_id) as user_id,
        coalesce(events.customer_id, users.customer_id) as customer_id,
        events.channel,
        events.device_type,
        events.page_url,
        events.product_id,
        events.quantity,
        events.search_term,
        events.order_id,
        events._source,
        events._loaded_at
    from events
    left join users
        on events.user_id = users.user_id
    left join users_of_customers
        on events.customer_id = users_of_customers.customer_id
    {% if is_incremental() %}
    where events.event_date in (select touched.event_date from touched)
    {% endif %}
)

{{ changed_rows('final', within='event_date in (select touched.event_date from touched)') }}
