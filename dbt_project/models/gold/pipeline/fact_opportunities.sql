{{ config(unique_key='opportunity_id') }}

with

opportunities as (
    select * from {{ ref('opportunities') }}
),

accounts as (
    select * from {{ ref('accounts') }}
),

final as (
    select
        opportunities.id as opportunity_id,
        opportunities.account_id,
        accounts.customer_id,
        opportunities.name as opportunity_name,
        opportunities.stage,
        opportunities.stage_order,
        opportunities.stage_entered_at,
        case
            when not opportunities.is_closed
                then {{ days_between('cast(opportunities.stage_entered_at as date)', run_date()) }}
        end as days_in_stage,
        {{ days_between(
            'cast(opportunities.created_at as date)',
            'case when opportunities.is_closed then opportunities.close_date else ' ~ run_date() ~ ' end'
        ) }} as days_open,
        opportunities.is_closed,
        opportunities.is_won,
        opportunities.is_deleted,
        opportunities.close_date,
        opportunities.created_at,
        opportunities.currency,
        opportunities.amount,
        opportunities.amount_base,
        opportunities.probability,
        {{ round_half_up('opportunities.amount_base * opportunities.probability * cast(0.01 as decimal(3, 2))', 4) }}
            as weighted_base
    from opportunities
    left join accounts
        on opportunities.account_id = accounts.id
)

select * from final
