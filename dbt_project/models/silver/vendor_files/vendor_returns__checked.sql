{{ config(materialized='ephemeral') }}

with

returns as (
    select * from {{ source('bronze', 'vendor_files__returns') }}
),

final as (
    select
        coalesce(return_id, _row_id) as return_id,
        order_id,
        sku,
        cast(quantity as bigint) as quantity,
        reason,
        returned_at,
        {{ broken_rules({
            'no_return_id': 'return_id is null',
            'no_order_id': 'order_id is null',
            'no_sku': 'sku is null',
            'quantity_not_positive': 'coalesce(quantity, 0) <= 0',
        }) }} as broken_rules,
        {{ provenance() }}
    from returns
)

select * from final
