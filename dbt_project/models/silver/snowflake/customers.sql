{{ config(unique_key='customer_id') }}

with

customers as (
    {{ latest_version(source('bronze', 'snowflake__customers'), ['customer_id']) }}
),

countries as (
    {{ spelled_countries() }}
),

final as (
    select
        customers.customer_id,
        customers.customer_name,
        lower({{ trimmed('customers.email') }}) as email,
        {{ e164('customers.phone', 'countries.calling_code') }} as phone,
        countries.country,
        customers.region,
        customers.segment,
        customers.signup_date,
        customers.created_at,
        customers.updated_at,
        coalesce(customers.is_deleted, false) as is_deleted,
        customers._ingest_ts as _loaded_at,
        customers._source,
        customers._load_id
    from customers
    left join countries
        on {{ normalize_country('customers.country') }} = countries.spelling
)

select * from final
