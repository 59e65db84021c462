{# The ten customers who spent most in the last 30 days. Totals are as ordered: in several currencies, side by side. #}
select
    customer_id,
    count(*) as order_count,
    sum(total_amount) as total_spent,
    cast(avg(total_amount) as decimal(18, 2)) as avg_order_value
from {{ ref('orders') }}
where order_date >= {{ run_date() }} - interval '30' day
group by customer_id
order by total_spent desc
limit 10
