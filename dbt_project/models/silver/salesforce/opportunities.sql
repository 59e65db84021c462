{{ config(unique_key='id') }}

with

opportunities as (
    {{ latest_version(
        ref('opportunities__staged'),
        ['id'],
        again=[keys_with_changed_rate(['id'], 'amount', 'amount_base', 'close_date')],
    ) }}
),

stages as (
    select * from {{ ref('opportunity_stages') }}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

final as (
    select
        opportunities.id,
        opportunities.account_id,
        opportunities.name,
        opportunities.stage,
        cast(stages.stage_order as int) as stage_order,
        opportunities.stage_entered_at,
        opportunities.amount,
        opportunities.currency,
        {{ to_base('opportunities.amount', 'fx_rates.rate_to_base') }} as amount_base,
        opportunities.probability,
        opportunities.close_date,
        opportunities.is_closed,
        opportunities.is_won,
        opportunities.created_at,
        opportunities.updated_at,
        opportunities.is_deleted,
        opportunities._ingest_ts as _loaded_at,
        opportunities._source,
        opportunities._load_id
    from opportunities
    left join stages
        on opportunities.stage = stages.stage
    left join fx_rates
        on
            opportunities.currency = fx_rates.ccy
            and {{ rate_day('opportunities.close_date') }} = fx_rates.as_of_date
)

select * from final
