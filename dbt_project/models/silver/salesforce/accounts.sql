{{ config(unique_key='id') }}

with

accounts as (
    {{ latest_version(source('bronze', 'salesforce__account'), ['id']) }}
),

countries as (
    {{ spelled_countries() }}
),

final as (
    select
        accounts.id,
        accounts.name,
        accounts.customer_id__c as customer_id,
        accounts.type,
        accounts.industry,
        cast(accounts.annual_revenue as decimal(18, 2)) as annual_revenue,
        cast(accounts.number_of_employees as bigint) as number_of_employees,
        countries.country as billing_country,
        accounts.owner_id,
        accounts.created_date as created_at,
        accounts.system_modstamp as updated_at,
        coalesce(accounts.is_deleted, false) as is_deleted,
        accounts._ingest_ts as _loaded_at,
        accounts._source,
        accounts._load_id
    from accounts
    left join countries
        on {{ normalize_country('accounts.billing_country') }} = countries.spelling
)

select * from final
