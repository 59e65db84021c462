{{ config(unique_key='user_id') }}

with

users as (
    {{ latest_version(source('bronze', 'postgres__users'), ['user_id']) }}
),

countries as (
    {{ spelled_countries() }}
),

final as (
    select
        users.user_id,
        users.customer_id,
        users.first_name,
        users.last_name,
        lower({{ trimmed('users.email') }}) as email,
        {{ e164('users.phone', 'countries.calling_code') }} as phone,
        users.address,
        users.city,
        users.state,
        countries.country,
        users.registration_date,
        users.updated_at,
        users.deleted_at,
        users.deleted_at is not null as is_deleted,
        users._ingest_ts as _loaded_at,
        users._source,
        users._load_id
    from users
    left join countries
        on {{ normalize_country('users.country') }} = countries.spelling
)

select * from final
