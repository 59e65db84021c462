{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='customer_key',
    meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.valid_from is null'},
) }}

with

versions as (
    select
        *,
        row_number() over (partition by customer_id order by valid_from) as version_number
    from {{ ref('customers_history') }}
),

countries as (
    select * from {{ ref('countries') }}
),

accounts as (
    {{ latest_per_key(ref('accounts'), 'customer_id', 'id') }}
),

users as (
    {{ latest_per_key(ref('users'), 'customer_id', 'user_id') }}
),

known as (
    select
        {{ row_digest({'versions.customer_id': 'string', 'versions.valid_from': 'timestamp'}) }} as customer_key,
        versions.customer_id,
        versions.customer_name,
        versions.email,
        versions.phone,
        versions.country,
        countries.country_name,
        versions.region,
        versions.segment,
        versions.signup_date,
        versions.is_deleted,
        accounts.id as account_id,
        accounts.name as account_name,
        accounts.type as account_type,
        accounts.industry,
        accounts.annual_revenue,
        accounts.number_of_employees,
        users.user_id,
        users.city,
        users.state,
        users.registration_date,
        case when versions.version_number = 1 then {{ beginning_of_time() }} else versions.valid_from end as valid_from,
        versions.valid_to,
        versions.valid_to is null as is_current
    from versions
    left join countries on versions.country = countries.country
    left join accounts on versions.customer_id = accounts.customer_id
    left join users on versions.customer_id = users.customer_id
),

unknown_member as (
    select
        'unknown' as customer_key,
        'unknown' as customer_id,
        'Unknown' as customer_name,
        cast(null as {{ dbt.type_string() }}) as email,
        cast(null as {{ dbt.type_string() }}) as phone,
        cast(null as {{ dbt.type_string() }}) as country,
        cast(null as {{ dbt.type_string() }}) as country_name,
        cast(null as {{ dbt.type_string() }}) as region,
        cast(null as {{ dbt.type_string() }}) as segment,
        cast(null as date) as signup_date,
        false as is_deleted,
        cast(null as {{ dbt.type_string() }}) as account_id,
        cast(null as {{ dbt.type_string() }}) as account_name,
        cast(null as {{ dbt.type_string() }}) as account_type,
        cast(null as {{ dbt.type_string() }}) as industry,
        cast(null as decimal(18, 2)) as annual_revenue,
        cast(null as bigint) as number_of_employees,
        cast(null as {{ dbt.type_string() }}) as user_id,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as state,
        cast(null as date) as registration_date,
        {{ beginning_of_time() }} as valid_from,
        cast(null as timestamp) as valid_to,
        true as is_current
),

versions_and_unknown as (
    select * from known
    union all
    select * from unknown_member
),

final as (
    select
        *,
        {{ built_at() }} as _built_at
    from versions_and_unknown
)

{{ changed_rows('final') }}
