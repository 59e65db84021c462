{{ config(materialized='view') }}

with

validated as (
    select * from {{ ref('orders__validated') }}
),

final as (
    select
        order_id,
        customer_id,
        order_date,
        status,
        payment_method,
        currency,
        total_amount,
        created_at,
        updated_at,
        is_deleted,
        broken_rules,
        _loaded_at,
        _source,
        _load_id,
        _built_at
    from validated
    where broken_rules is not null
)

select * from final
