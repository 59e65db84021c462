{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='product_key',
    meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.valid_from is null'},
) }}

with

versions as (
    select
        *,
        row_number() over (partition by product_id order by valid_from) as version_number
    from {{ ref('products_history') }}
),

known as (
    select
        {{ row_digest({'product_id': 'string', 'valid_from': 'timestamp'}) }} as product_key,
        product_id,
        sku,
        product_name,
        category,
        subcategory,
        brand,
        list_price,
        currency,
        is_active,
        case when version_number = 1 then {{ beginning_of_time() }} else valid_from end as valid_from,
        valid_to,
        valid_to is null as is_current
    from versions
),

unknown_member as (
    select
        'unknown' as product_key,
        'unknown' as product_id,
        cast(null as {{ dbt.type_string() }}) as sku,
        'Unknown' as product_name,
        'unknown' as category,
        'unknown' as subcategory,
        'unknown' as brand,
        cast(null as decimal(18, 2)) as list_price,
        cast(null as {{ dbt.type_string() }}) as currency,
        false as is_active,
        {{ beginning_of_time() }} as valid_from,
        cast(null as timestamp) as valid_to,
        true as is_current
),

versions_and_unknown as (
    select * from known
    union all
    select * from unknown_member
),

final as (
    select
        *,
        {{ built_at() }} as _built_at
    from versions_and_unknown
)

{{ changed_rows('final') }}
