{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['subscription_id', 'month'],
    meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.is_active is null'},
) }}

with

valued as (
    select
        months.*,
        cast(case when months.is_active then months.last_amount else 0 end as decimal(18, 2)) as monthly_amount,
        fx_rates.rate_to_base,
        {{ to_base('months.last_amount', 'fx_rates.rate_to_base') }} as last_base
    from {{ ref('subscription_months') }} as months
    left join {{ ref('fx_rates') }} as fx_rates
        on
            months.currency = fx_rates.ccy
            and months.last_day = fx_rates.as_of_date
),

measured as (
    select
        *,
        {{ to_base('monthly_amount', 'rate_to_base') }} as mrr_base
    from valued
),

followed as (
    select
        *,
        coalesce(lag(is_active) over (partition by subscription_id order by month), false) as was_active,
        lag(currency) over (partition by subscription_id order by month) as opening_currency,
        lag(monthly_amount) over (partition by subscription_id order by month) as opening_amount,
        lag(mrr_base) over (partition by subscription_id order by month) as opening_base
    from measured
),

-- what the month before brought, at this month's rate: the rest of a change is not the rate's
revalued as (
    select
        *,
        was_active and is_active and not has_started as runs_on,
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
        cast(
            case
                when runs_on or (was_active and not is_active) then 0
                else last_base
            end as decimal(18, 4)
        ) as new_base,
        cast(
            case when runs_on then greatest(mrr_base - revalued_base, 0) else 0 end as decimal(18, 4)
        ) as expansion_base,
        cast(
            case when runs_on then least(mrr_base - revalued_base, 0) else 0 end as decimal(18, 4)
        ) as contraction_base,
        cast(
            case
                when runs_on then 0
                when was_active then -revalued_base
                when not is_active then -last_base
                else 0
            end as decimal(18, 4)
        ) as churned_base,
        mrr_base
    from revalued
)

{{ changed_rows('final') }}
