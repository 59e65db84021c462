{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['order_date', 'country', 'category'],
    meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.order_count is null'},
) }}

with

sold_lines as (
    select * from {{ ref('sold_lines') }}
),

final as (
    select
        order_date,
        country,
        category,
        {{ sales_measures() }}
    from sold_lines
    group by order_date, country, category
)

{{ changed_rows('final') }}
