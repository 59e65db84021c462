-- in SQL, because dbt loses a snapshot written in YAML when a generic test of it is edited (partial parsing)
{% snapshot accounts_history %}

select
    *,
    {{ changed_at() }} as changed_at
from {{ ref('accounts') }}

{% endsnapshot %}
