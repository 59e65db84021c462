{{ config(materialized='ephemeral') }}

with

final as (
    {{ checked_events(
        source('bronze', 'kafka__inventory_updates'),
        columns=['product_id', 'warehouse_id', 'quantity_delta', 'reason'],
        rules={
            'no_product_id': 'product_id is null',
            'no_warehouse_id': 'warehouse_id is null',
            'no_quantity_delta': 'quantity_delta is null',
        },
    ) }}
)

select * from final
