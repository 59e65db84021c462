{{ config(meta={'test_window': {'order_date': 35}}) }}

with

final as (
    select
        order_id,
        line_number,
        order_date,
        month,
        country,
        category,
        customer_id,
        quantity,
        gross_base,
        net_base,
        margin_base,
        case when is_returned then net_base else 0 end as refund_base,
        _built_at
    from {{ ref('fact_sales') }}
    where not is_canceled and not is_deleted
)

select * from final
