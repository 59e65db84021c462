{{ config(severity='warn') }}

{#
  The running month of fact_subscriptions has the subscriptions that run in silver, at the same worth. Warns, for a
  version that arrives late with an older updated_at than the one before it is in silver, but not in the history.
#}

with

this_month as (
    select month_start_date from {{ ref('dim_dates') }}
    where date_day = {{ run_date() }}
),

running as (
    select
        subscriptions.subscription_id,
        subscriptions.mrr_base
    from {{ ref('fact_subscriptions') }} as subscriptions
    inner join this_month on subscriptions.month = this_month.month_start_date
    where subscriptions.is_active
),

held as (
    select
        subscription_id,
        monthly_amount_base
    from {{ ref('subscriptions') }}
    where
        not is_deleted
        and cast(started_at as date) <= {{ run_date() }}
        and (canceled_at is null or cast(canceled_at as date) > {{ run_date() }})
)

select
    coalesce(running.subscription_id, held.subscription_id) as subscription_id,
    running.mrr_base,
    held.monthly_amount_base
from running
full outer join held on running.subscription_id = held.subscription_id
where running.mrr_base is distinct from held.monthly_amount_base
