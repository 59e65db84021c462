-- in SQL, because dbt loses a snapshot written in YAML when a generic test of it is edited (partial parsing)
{% snapshot customers_history %}

{{ changed_versions(ref('customers'), 'customer_id') }}

{% endsnapshot %}
