{% set churn_days = 30 %}

with

terms as (
    select * from {{ ref('subscription_terms') }}
),

days as (
    select date_day
    from {{ ref('dim_dates') }}
    where
        date_day >= (select cast(min(terms.begins_at) as date) from terms)
        and date_day <= {{ run_date() }}
),

prices as (
    select distinct
        currency,
        monthly_amount
    from terms
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

-- what begins and ends on a day, and a zero for each price on each day
moves as (
    select
        days.date_day,
        prices.currency,
        prices.monthly_amount,
        0 as change,
        0 as won,
        0 as lost
    from days
    cross join prices
    union all
    select
        cast(begins_at as date) as date_day,
        currency,
        monthly_amount,
        1 as change,
        case when is_start then 1 else 0 end as won,
        0 as lost
    from terms
    where cast(begins_at as date) <= {{ run_date() }}
    union all
    select
        cast(ends_at as date) as date_day,
        currency,
        monthly_amount,
        -1 as change,
        0 as won,
        case when is_end then 1 else 0 end as lost
    from terms
    where cast(ends_at as date) <= {{ run_date() }}
),

moved as (
    select
        date_day,
        currency,
        monthly_amount,
        sum(change) as change,
        sum(won) as won,
        sum(lost) as lost
    from moves
    group by date_day, currency, monthly_amount
),

running as (
    select
        *,
        sum(change) over (
            partition by currency, monthly_amount order by date_day rows between unbounded preceding and current row
        ) as term_count
    from moved
),

-- each subscription is rounded by itself, and those of one price are rounded alike
daily as (
    select
        running.date_day,
        cast(
            sum(running.term_count * {{ to_base('running.monthly_amount', 'fx_rates.rate_to_base') }}) as decimal(18, 4)
        ) as mrr_base,
        sum(running.won) as won,
        sum(running.lost) as lost
    from running
    left join fx_rates
        on
            running.currency = fx_rates.ccy
            and running.date_day = fx_rates.as_of_date
    group by running.date_day
),

counted as (
    select
        *,
        sum(won - lost) over (order by date_day rows between unbounded preceding and current row) as active_count
    from daily
),

final as (
    select
        date_day,
        mrr_base,
        active_count,
        lag(active_count, {{ churn_days }}) over (order by date_day) as before_count,
        sum(lost) over (
            order by date_day rows between {{ churn_days - 1 }} preceding and current row
        ) as lost_count
    from counted
)

select * from final
