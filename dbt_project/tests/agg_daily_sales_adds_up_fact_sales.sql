{# Day by day, agg_daily_sales sums the lines of fact_sales that are neither canceled nor deleted. #}

with

facts as (
    select
        order_date,
        sum(quantity) as units,
        sum(gross_base) as gross_base,
        sum(net_base) as net_base,
        sum(margin_base) as margin_base,
        sum(case when cost_base is not null then net_base else 0 end) as costed_net_base,
        sum(case when is_returned then net_base else 0 end) as refunds_base
    from {{ ref('fact_sales') }}
    where not is_canceled and not is_deleted
    group by order_date
),

sums as (
    select
        order_date,
        sum(units) as units,
        sum(gross_base) as gross_base,
        sum(net_base) as net_base,
        sum(margin_base) as margin_base,
        sum(costed_net_base) as costed_net_base,
        sum(refunds_base) as refunds_base
    from {{ ref('agg_daily_sales') }}
    group by order_date
)

select coalesce(facts.order_date, sums.order_date) as order_date
from facts
full outer join sums on facts.order_date = sums.order_date
where
    facts.units is distinct from sums.units
    or facts.gross_base is distinct from sums.gross_base
    or facts.net_base is distinct from sums.net_base
    or facts.margin_base is distinct from sums.margin_base
    or facts.costed_net_base is distinct from sums.costed_net_base
    or facts.refunds_base is distinct from sums.refunds_base
