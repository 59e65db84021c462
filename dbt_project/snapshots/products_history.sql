-- in SQL, because dbt loses a snapshot written in YAML when a generic test of it is edited (partial parsing)
{% snapshot products_history %}

select * from {{ ref('products') }}

{% endsnapshot %}
