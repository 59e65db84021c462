{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['subscription_id', 'month'],
    meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.is_active is null'},
) }}

with

terms as (
    select * from {{ ref('subscription_terms') }}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

-- the running month ends with today
months as (
    select
        month_start_date as month,
        {{ add_days('max(date_day)', 1) }} as next_month,
        least(max(date_day), {{ run_date() }}) as last_day
    from {{ ref('dim_dates') }}
    where month_start_date <= {{ run_date() }}
    group by month_start_date
),

running as (
    select
        terms.subscription_id,
        months.month,
        terms.user_id,
        terms.plan,
        terms.billing_period,
        terms.currency,
        terms.monthly_amount,
        true as is_active,
        months.next_month,
        lead(months.month) over (partition by terms.subscription_id order by months.month) as next_seen
    from terms
    inner join months
        on
            terms.begins_at < cast({{ add_days('months.last_day', 1) }} as timestamp)
            and (terms.ends_at is null or terms.ends_at >= cast({{ add_days('months.last_day', 1) }} as timestamp))
),

-- a subscription's last row is of the month in which it was lost
seen as (
    select * from running
    union all
    select
        subscription_id,
        next_month as month,
        user_id,
        plan,
        billing_period,
        currency,
        cast(0 as decimal(18, 2)) as monthly_amount,
        false as is_active,
        next_month,
        next_seen
    from running
    where next_month <= {{ run_date() }} and next_month is distinct from next_seen
),

valued as (
    select
        seen.*,
        fx_rates.rate_to_base,
        {{ to_base('seen.monthly_amount', 'fx_rates.rate_to_base') }} as mrr_base
    from seen
    inner join months
        on seen.month = months.month
    left join fx_rates
        on
            seen.currency = fx_rates.ccy
            and months.last_day = fx_rates.as_of_date
),

followed as (
    select
        *,
        coalesce(lag(is_active) over (partition by subscription_id order by month), false) as was_active,
        lag(currency) over (partition by subscription_id order by month) as opening_currency,
        lag(monthly_amount) over (partition by subscription_id order by month) as opening_amount,
        lag(mrr_base) over (partition by subscription_id order by month) as opening_base
    from valued
),

-- what the month before brought, at this month's rate: the rest of a change is not the rate's
revalued as (
    select
        *,
        case
            when not was_active then 0
            when currency = opening_currency then {{ to_base('opening_amount', 'rate_to_base') }}
            else opening_base
        end as revalued_base
    from followed
),

final as (
    select
        subscription_id,
        month,
        user_id,
        plan,
        billing_period,
        is_active,
        currency,
        monthly_amount,
        rate_to_base,
        cast(case when was_active then opening_base else 0 end as decimal(18, 4)) as opening_base,
        cast(case when was_active then revalued_base - opening_base else 0 end as decimal(18, 4)) as revaluation_base,
        cast(case when was_active then 0 else mrr_base end as decimal(18, 4)) as new_base,
        cast(
            case when was_active and is_active then greatest(mrr_base - revalued_base, 0) else 0 end as decimal(18, 4)
        ) as expansion_base,
        cast(
            case when was_active and is_active then least(mrr_base - revalued_base, 0) else 0 end as decimal(18, 4)
        ) as contraction_base,
        cast(case when is_active then 0 else -revalued_base end as decimal(18, 4)) as churned_base,
        mrr_base
    from revalued
)

{{ changed_rows('final') }}
