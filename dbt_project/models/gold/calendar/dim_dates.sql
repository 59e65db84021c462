{{ config(unique_key='date_day') }}

{% set month_names = [
    'January', 'February', 'March', 'April', 'May', 'June',
    'July', 'August', 'September', 'October', 'November', 'December',
] %}
{% set day_names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] %}

with

days as (
    {{ date_spine("date '2000-01-01'", "date '2049-12-31'") }}
),

parts as (
    select
        date_day,
        cast(extract(year from date_day) as int) as year_number,
        cast(extract(quarter from date_day) as int) as quarter_number,
        cast(extract(month from date_day) as int) as month_number,
        cast(extract(week from date_day) as int) as iso_week,
        cast(extract(day from date_day) as int) as day_of_month,
        {{ iso_weekday('date_day') }} as day_of_week
    from days
),

final as (
    select
        date_day,
        year_number,
        quarter_number,
        month_number,
        case month_number
            {% for name in month_names %}
            when {{ loop.index }} then '{{ name }}'
            {% endfor %}
        end as month_name,
        {{ add_days('date_day', '1 - day_of_month') }} as month_start_date,
        iso_week,
        day_of_month,
        day_of_week,
        case day_of_week
            {% for name in day_names %}
            when {{ loop.index }} then '{{ name }}'
            {% endfor %}
        end as day_name,
        day_of_week >= 6 as is_weekend
    from parts
)

select * from final
