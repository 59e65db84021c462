{# customer_360 and silver.customers hold the same customers. (That each is there once is their grain.) #}

select
    customers.customer_id as in_silver,
    customer_360.customer_id as in_gold
from {{ ref('customers') }} as customers
full outer join {{ ref('customer_360') }} as customer_360 on customers.customer_id = customer_360.customer_id
where customers.customer_id is null or customer_360.customer_id is null
