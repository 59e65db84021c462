-- What one unit of a currency is worth in USD on a day. A publication holds until the currency's next one, 7 days at
-- most. Where today has no publication, today's newest hourly rate holds.
create macro base() as 'USD';

create table published as
select ccy, rate_date, quotient(1, rate, 10)::decimal(18, 10) as rate_to_base from rates_daily where base = base()
union all
select distinct base, rate_date, 1::decimal(18, 10) from rates_daily where base = base();

create table fx_rates as
with held as (
    select
        published.ccy, published.rate_to_base, published.rate_date,
        unnest(generate_series(published.rate_date, least(published.rate_date + 7, today()), interval 1 day))::date as day
    from published where published.rate_date <= today()
),
newest as (
    select * from held qualify row_number() over (partition by ccy, day order by rate_date desc) = 1
),
hourly as (
    select ccy, quotient(1, rate, 10)::decimal(18, 10) as rate_to_base from rates_hourly
    where base = base() and fetched_hour::date = today()
    qualify row_number() over (partition by ccy order by fetched_hour desc) = 1
)
select
    newest.ccy, newest.day,
    case
        when newest.day = today() and newest.rate_date < today() and hourly.ccy is not null and newest.ccy <> base()
        then hourly.rate_to_base else newest.rate_to_base
    end as rate_to_base
from newest left join hourly using (ccy);

create macro in_base(amount, rate) as round(amount::decimal(28, 4) * rate::decimal(38, 10), 4)::decimal(18, 4);
create macro blanks_off(value) as trim(value, ' ');
create macro country_of(value) as (
    select country from country_spellings where spelling = lower(blanks_off(replace(value, '.', '')))
);
