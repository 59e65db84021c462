with

versions as (
    select
        *,
        row_number() over (partition by subscription_id order by valid_from) as version_number
    from {{ ref('subscriptions_history') }}
),

-- the first version counts from the beginning of the subscription, whenever we first saw it
terms as (
    select
        subscription_id,
        user_id,
        plan,
        billing_period,
        currency,
        monthly_amount,
        case when version_number = 1 then started_at else greatest(started_at, valid_from) end as begins_at,
        case when valid_to is null or canceled_at < valid_to then canceled_at else valid_to end as ends_at
    from versions
    where not is_deleted and started_at is not null
),

final as (
    select
        *,
        lag(ends_at) over (partition by subscription_id order by begins_at) is distinct from begins_at as is_start,
        ends_at is not null
        and lead(begins_at) over (partition by subscription_id order by begins_at) is distinct from ends_at as is_end
    from terms
    where ends_at is null or ends_at > begins_at
)

select * from final
