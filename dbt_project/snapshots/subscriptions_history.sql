-- in SQL, because dbt loses a snapshot written in YAML when a generic test of it is edited (partial parsing)
{% snapshot subscriptions_history %}

-- monthly_amount_base is left out: it follows today's rate, not the subscription
with subscriptions as (
    select
        subscription_id,
        user_id,
        plan,
        status,
        billing_period,
        amount,
        monthly_amount,
        currency,
        started_at,
        canceled_at,
        updated_at,
        is_deleted,
        _loaded_at,
        _source,
        _load_id
    from {{ ref('subscriptions') }}
)

{{ changed_versions('subscriptions', 'subscription_id') }}

{% endsnapshot %}
