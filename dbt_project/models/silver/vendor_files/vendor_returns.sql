{{ config(unique_key='return_id', post_hook='{{ leave_quarantine() }}') }}

with

returns as (
    {{ latest_version(
        ref('vendor_returns__checked'),
        ['return_id'],
        again=['select return_id from ' ~ ref('vendor_returns__quarantine')],
    ) }}
),

final as (
    select
        return_id,
        order_id,
        sku,
        quantity,
        reason,
        returned_at,
        {{ loaded_at() }} as _loaded_at,
        _source,
        _load_id
    from returns
    where {{ kept() }}
)

select * from final
