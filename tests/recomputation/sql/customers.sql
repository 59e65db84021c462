-- Versions of customers.
create table dim_customers as
select
    md5(customer_id || chr(31) || strftime(seen_from, '%Y-%m-%d %H:%M:%S.%f')) as customer_key, customer_id,
    country_of(country) as country, valid_from::date as first_day, valid_to::date as next_day
from customer_versions;
