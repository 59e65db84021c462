-- Versions of products; each word of a category begins with a capital.
create table dim_products as
select
    md5(product_id || chr(31) || strftime(seen_from, '%Y-%m-%d %H:%M:%S.%f')) as product_key, product_id, sku,
    list_aggregate(
        list_transform(
            string_split(lower(blanks_off(category)), ' '), lambda word: upper(substr(word, 1, 1)) || substr(word, 2)
        ), 'string_agg', ' '
    ) as category,
    valid_from::date as first_day, valid_to::date as next_day
from product_versions;
