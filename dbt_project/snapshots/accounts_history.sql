-- in SQL, because dbt loses a snapshot written in YAML when a generic test of it is edited (partial parsing)
{% snapshot accounts_history %}

{{ changed_versions(ref('accounts'), 'id') }}

{% endsnapshot %}
