{{ config(materialized='ephemeral') }}

{% set limit = '999999999999' %}

with

final as (
    {{ checked_events(
        source('bronze', 'kafka__system_metrics'),
        columns=[
            'service',
            'metric',
            'case when abs(value) < ' ~ limit ~ ' then cast(value as decimal(18, 6)) end as value',
            'value as value_received',
            'unit',
        ],
        rules={
            'no_service': 'service is null',
            'no_metric': 'metric is null',
            'no_value': 'value is null',
            'value_out_of_range': 'abs(value) >= ' ~ limit,
        },
    ) }}
)

select * from final
