with

terms as (
    select * from {{ ref('subscription_terms') }}
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
        terms.*,
        months.month,
        months.next_month,
        lead(months.month) over (partition by terms.subscription_id order by months.month) as next_seen
    from terms
    inner join months
        on
            terms.begins_at < cast({{ add_days('months.last_day', 1) }} as timestamp)
            and (terms.ends_at is null or terms.ends_at >= cast({{ add_days('months.last_day', 1) }} as timestamp))
),

-- a row for each month at whose end it ran, then one for the month in which it was lost
states as (
    select
        subscription_id,
        month,
        1 as precedence,
        ends_at,
        user_id,
        plan,
        billing_period,
        currency,
        monthly_amount as last_amount
    from running
    union all
    select
        subscription_id,
        next_month as month,
        2 as precedence,
        ends_at,
        user_id,
        plan,
        billing_period,
        currency,
        monthly_amount as last_amount
    from running
    where next_month <= {{ run_date() }} and next_month is distinct from next_seen
    union all
    -- what ends, which also began in the month unless one of the above says otherwise
    select
        terms.subscription_id,
        months.month,
        3 as precedence,
        terms.ends_at,
        terms.user_id,
        terms.plan,
        terms.billing_period,
        terms.currency,
        terms.monthly_amount as last_amount
    from terms
    inner join months
        on
            terms.ends_at >= cast(months.month as timestamp)
            and terms.ends_at < cast({{ add_days('months.last_day', 1) }} as timestamp)
    where terms.is_end
),

ranked as (
    select
        *,
        precedence = 1 as is_active,
        row_number() over (partition by subscription_id, month order by precedence asc, ends_at desc) as place
    from states
),

starts as (
    select distinct
        subscription_id,
        cast({{ dbt.date_trunc('month', 'begins_at') }} as date) as month
    from terms
    where is_start
),

final as (
    select
        ranked.subscription_id,
        ranked.month,
        months.last_day,
        ranked.user_id,
        ranked.plan,
        ranked.billing_period,
        ranked.currency,
        ranked.last_amount,
        ranked.is_active,
        starts.month is not null as has_started
    from ranked
    inner join months
        on ranked.month = months.month
    left join starts
        on
            ranked.subscription_id = starts.subscription_id
            and ranked.month = starts.month
    where ranked.place = 1
)

select * from final
