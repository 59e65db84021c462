{#
  The instant from which a version of a record counts: its `updated_at`; of a deleted one the instant at which its
  deletion reached bronze. For a deletion that the source tells by no row leaves `updated_at` as it was (decision 5),
  and a snapshot would miss it.

  Example
    {% snapshot accounts_history %}
    select *, {{ changed_at() }} as changed_at from {{ ref('accounts') }}
    {% endsnapshot %}
#}
{%- macro changed_at() -%}
    case when is_deleted then greatest(updated_at, _loaded_at) else updated_at end
{%- endmacro -%}
