{{ config(unique_key='shipment_id') }}

with

lines as (
    select
        *,
        coalesce(shipment_id, _row_id) as known_as
    from {{ source('bronze', 'vendor_files__shipments') }}
),

checked as (
    {{ latest_version('lines', ['known_as'], again=[rejected_keys()]) }}
),

final as (
    select
        known_as as shipment_id,
        vendor_id,
        sku,
        warehouse_id,
        cast(quantity as bigint) as quantity,
        shipped_at,
        expected_at,
        received_at,
        received_at is not null as is_received,
        {{ broken_rules() }} as broken_rules,
        _ingest_ts as _loaded_at,
        _source,
        _load_id,
        {{ built_at() }} as _built_at
    from checked
)

{{ changed_rows('final', drop=false) }}
