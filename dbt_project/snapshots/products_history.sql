-- in SQL, because dbt loses a snapshot written in YAML when a generic test of it is edited (partial parsing)
{% snapshot products_history %}

{{ changed_versions(ref('products'), 'product_id', deletes=false) }}

{% endsnapshot %}
