-- Events of the shop and of the tracker, with the people that are known.
create table known_users as
select user_id, customer_id, deleted_at is not null as is_deleted, updated_at from users;

create table users_of_customers as
select customer_id, user_id from known_users where customer_id is not null
qualify row_number() over (partition by customer_id order by is_deleted, updated_at desc, user_id) = 1;

create table sound_user_events as
select * from user_events
where
    not coalesce(_tombstone, false) and event_id is not null and user_id is not null and event_type is not null
    and timestamp::date between date '2000-01-01' and today();

create table web_events as
select
    e.timestamp::date as day, null as session_id, e.event_type, e.user_id, known_users.customer_id, 'shop' as told_by
from sound_user_events as e left join known_users using (user_id)
union all
select
    e.event_ts::date, e.session_id, e.event_name, users_of_customers.user_id, e.customer_id, 'tracker'
from customer_events as e left join users_of_customers using (customer_id);
