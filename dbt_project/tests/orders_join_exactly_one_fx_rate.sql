{# Each order's currency and day have one rate, no more and no less. #}

select
    orders.order_id,
    count(fx_rates.ccy) as rate_count
from {{ ref('orders') }} as orders
left join {{ ref('fx_rates') }} as fx_rates
    on
        orders.currency = fx_rates.ccy
        and orders.order_date = fx_rates.as_of_date
group by orders.order_id
having count(fx_rates.ccy) <> 1
