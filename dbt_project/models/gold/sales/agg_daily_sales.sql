{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['order_date', 'country', 'category'],
    meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.line_count is null'},
) }}

with

sold_lines as (
    select * from {{ ref('sold_lines') }}
),

{% if is_incremental() %}
touched as (
    {{ changed_partitions(
        'sold_lines', held='sum(line_count)', day='order_date', by=[], newest=['_built_at', '_lines_built_at']
    ) }}
),
{% endif %}

final as (
    select
        order_date,
        country,
        category,
        {{ sales_measures() }}
    from sold_lines
    {% if is_incremental() %}
    where order_date in (select touched.order_date from touched)
    {% endif %}
    group by order_date, country, category
)

{{ changed_rows('final', within='order_date in (select touched.order_date from touched)') }}
