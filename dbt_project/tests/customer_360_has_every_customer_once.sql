{#
  customer_360 holds the customers of silver.customers, and the row `unknown`. (That each is there once is their grain.)
#}

with

wanted as (
    select customer_id from {{ ref('customers') }}
    union all
    select 'unknown' as customer_id
)

select
    wanted.customer_id as wanted,
    customer_360.customer_id as in_gold
from wanted
full outer join {{ ref('customer_360') }} as customer_360 on wanted.customer_id = customer_360.customer_id
where wanted.customer_id is null or customer_360.customer_id is null
