{{ config(unique_key='id') }}

with

opportunities as (
    {{ latest_version(
        source('bronze', 'salesforce__opportunity'),
        ['id'],
        again=[rates_changed(['id'], 'amount', 'amount_base', 'close_date')],
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
        opportunities.stage_name as stage,
        cast(stages.stage_order as int) as stage_order,
        cast(opportunities.amount as decimal(18, 2)) as amount,
        opportunities.currency_iso_code as currency,
        {{ to_base('cast(opportunities.amount as decimal(18, 2))', 'fx_rates.rate_to_base') }} as amount_base,
        cast(opportunities.probability as decimal(5, 2)) as probability,
        opportunities.close_date,
        opportunities.is_closed,
        opportunities.is_won,
        opportunities.created_date as created_at,
        opportunities.system_modstamp as updated_at,
        coalesce(opportunities.is_deleted, false) as is_deleted,
        opportunities._ingest_ts as _loaded_at,
        opportunities._source,
        opportunities._load_id
    from opportunities
    left join stages
        on opportunities.stage_name = stages.stage
    left join fx_rates
        on
            opportunities.currency_iso_code = fx_rates.ccy
            and least(opportunities.close_date, {{ run_date() }}) = fx_rates.as_of_date
)

select * from final
