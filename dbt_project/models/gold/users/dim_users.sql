{{ config(unique_key='user_id') }}

with

users as (
    select * from {{ ref('users') }}
),

countries as (
    select * from {{ ref('countries') }}
),

known as (
    select
        users.user_id,
        users.customer_id,
        users.first_name,
        users.last_name,
        users.email,
        users.phone,
        users.city,
        users.state,
        users.country,
        countries.country_name,
        users.registration_date,
        users.customer_id is not null as is_customer,
        users.is_deleted,
        users.deleted_at
    from users
    left join countries
        on users.country = countries.country
),

unknown_member as (
    select
        'unknown' as user_id,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as {{ dbt.type_string() }}) as first_name,
        'Unknown' as last_name,
        cast(null as {{ dbt.type_string() }}) as email,
        cast(null as {{ dbt.type_string() }}) as phone,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as state,
        cast(null as {{ dbt.type_string() }}) as country,
        cast(null as {{ dbt.type_string() }}) as country_name,
        cast(null as date) as registration_date,
        false as is_customer,
        false as is_deleted,
        cast(null as timestamp) as deleted_at
),

final as (
    select * from known
    union all
    select * from unknown_member
)

select * from final
