with

-- by order first: engines count different orders of a hundred thousand customers slowly
orders as (
    select
        customer_id,
        order_id,
        min(order_date) as order_date,
        sum(net_base) as net_base,
        sum(case when is_returned then 1 else 0 end) as returned_line_count,
        sum(case when is_returned then net_base else 0 end) as returned_base
    from {{ ref('fact_sales') }}
    where not is_canceled and not is_deleted
    group by customer_id, order_id
),

-- 'unknown' is who is no customer of silver's
purchases as (
    select
        coalesce(customers.customer_id, 'unknown') as customer_id,
        count(*) as order_count,
        min(orders.order_date) as first_order_date,
        max(orders.order_date) as last_order_date,
        cast(sum(orders.net_base) as decimal(18, 4)) as net_spend_base,
        sum(orders.returned_line_count) as returned_line_count,
        cast(sum(orders.returned_base) as decimal(18, 4)) as returned_base
    from orders
    left join {{ ref('customers') }} as customers on orders.customer_id = customers.customer_id
    group by coalesce(customers.customer_id, 'unknown')
),

placed as (
    select
        *,
        customer_id <> 'unknown' as is_known_customer
    from purchases
),

-- fifths of the known customers who bought; equal values share a score
scored as (
    select
        *,
        {{ divide('net_spend_base', 'order_count', 4) }} as average_order_base,
        {{ quintile('last_order_date', among='is_known_customer') }} as recency_score,
        {{ quintile('order_count', among='is_known_customer') }} as frequency_score,
        {{ quintile('net_spend_base', among='is_known_customer') }} as monetary_score
    from placed
),

final as (
    select
        *,
        case
            when not is_known_customer then null
            when recency_score >= 4 and frequency_score >= 4 then 'champions'
            when recency_score >= 3 and frequency_score >= 3 then 'loyal'
            when recency_score >= 4 then 'promising'
            when frequency_score >= 3 then 'at_risk'
            when recency_score = 3 then 'needs_attention'
            else 'hibernating'
        end as rfm_segment
    from scored
)

select * from final
