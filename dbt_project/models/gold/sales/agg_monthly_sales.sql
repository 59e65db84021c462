{{ config(unique_key=['month', 'country', 'category']) }}

with

sold_lines as (
    select * from {{ ref('sold_lines') }}
),

final as (
    select
        month,
        country,
        category,
        {{ sales_measures() }}
    from sold_lines
    group by month, country, category
)

select * from final
