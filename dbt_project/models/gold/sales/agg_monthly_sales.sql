{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['month', 'country', 'category'],
    meta={'merge_delete_condition': 'DBT_INTERNAL_SOURCE.line_count is null'},
) }}

with

sold_lines as (
    select * from {{ ref('sold_lines') }}
),

{% if is_incremental() %}
touched as (
    {{ changed_partitions(
        'sold_lines', held='sum(line_count)', day='month', by=[], newest=['_built_at', '_lines_built_at']
    ) }}
),
{% endif %}

final as (
    select
        month,
        country,
        category,
        {{ sales_measures() }}
    from sold_lines
    {% if is_incremental() %}
    where month in (select touched.month from touched)
    {% endif %}
    group by month, country, category
)

{{ changed_rows('final', within='month in (select touched.month from touched)') }}
