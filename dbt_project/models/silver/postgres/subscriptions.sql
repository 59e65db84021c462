{{ config(unique_key='subscription_id') }}

with

subscriptions as (
    {{ latest_version(
        source('bronze', 'postgres__subscriptions'),
        ['subscription_id'],
        again=[keys_with_changed_rate(['subscription_id'], 'monthly_amount', 'monthly_amount_base', run_date())],
    ) }}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

exact as (
    select
        *,
        {{ exact_cast('amount', 'decimal(18, 2)') }} as exact_amount
    from subscriptions
),

monthly as (
    select
        *,
        case
            when billing_period = 'year' then {{ divide('exact_amount', '12', 2) }}
            else exact_amount
        end as monthly_amount
    from exact
),

final as (
    select
        monthly.subscription_id,
        monthly.user_id,
        monthly.plan,
        monthly.status,
        monthly.billing_period,
        monthly.exact_amount as amount,
        monthly.monthly_amount,
        monthly.currency,
        {{ to_base('monthly.monthly_amount', 'fx_rates.rate_to_base') }} as monthly_amount_base,
        monthly.started_at,
        monthly.canceled_at,
        monthly.updated_at,
        coalesce(monthly._is_deleted, false) as is_deleted,
        monthly._ingest_ts as _loaded_at,
        monthly._source,
        monthly._load_id
    from monthly
    left join fx_rates
        on
            monthly.currency = fx_rates.ccy
            and fx_rates.as_of_date = {{ run_date() }}
)

select * from final
