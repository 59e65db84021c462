{# Month by month, what all subscriptions bring is what they brought the month before and the sum of the movements. #}

with

months as (
    select
        month,
        sum(mrr_base) as mrr_base,
        sum(revaluation_base + new_base + expansion_base + contraction_base + churned_base) as moved_base
    from {{ ref('fact_subscriptions') }}
    group by month
),

followed as (
    select
        *,
        lag(mrr_base) over (order by month) as mrr_before
    from months
)

select * from followed
where mrr_base <> coalesce(mrr_before, 0) + moved_base
