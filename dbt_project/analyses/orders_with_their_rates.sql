{# Orders of the last week, with what a unit of their currency was worth in base currency on their day. #}
select
    orders.customer_id,
    orders.order_date,
    orders.total_amount,
    fx_rates.rate_to_base as usd_rate
from {{ ref('orders') }} as orders
left join {{ ref('fx_rates') }} as fx_rates
    on
        orders.currency = fx_rates.ccy
        and orders.order_date = fx_rates.as_of_date
where orders.order_date >= {{ run_date() }} - interval '7' day
