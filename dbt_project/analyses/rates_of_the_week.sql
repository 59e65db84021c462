{# What a unit of each currency was worth in base currency on each day of the last week. #}
select
    ccy,
    rate_to_base,
    as_of_date,
    rate_category
from {{ ref('fx_rates') }}
where as_of_date >= {{ run_date() }} - interval '7' day
order by as_of_date desc, ccy asc
