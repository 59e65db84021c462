{{ config(unique_key='id') }}

with

contacts as (
    {{ latest_version(source('bronze', 'salesforce__contact'), ['id']) }}
),

countries as (
    {{ spelled_countries() }}
),

final as (
    select
        contacts.id,
        contacts.account_id,
        contacts.first_name,
        contacts.last_name,
        lower({{ trimmed('contacts.email') }}) as email,
        {{ e164('contacts.phone', 'countries.calling_code') }} as phone,
        contacts.title,
        countries.country as mailing_country,
        contacts.created_date as created_at,
        contacts.system_modstamp as updated_at,
        coalesce(contacts.is_deleted, false) as is_deleted,
        contacts._ingest_ts as _loaded_at,
        contacts._source,
        contacts._load_id
    from contacts
    left join countries
        on {{ normalize_country('contacts.mailing_country') }} = countries.spelling
)

select * from final
