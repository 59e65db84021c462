{#
  All of a topic's `__checked` model: its messages as events, each with the rules it breaks. `event_at` is what the
  message says in `timestamp`, `event_date` its day, UTC. A message without an id is known by its place in the topic.
  Tombstones are no events: they tell that a key's messages may be forgotten, and stay in bronze.

  Every event breaks a rule without an id, or without an instant from 2000 to today.

  Arguments
    topic     the topic's bronze table
    columns   list of SQL expressions: the columns of its own
    rules     further rules, as for broken_rules

  Example: dbt_project/models/silver/kafka/user_events__checked.sql
#}
{%- macro checked_events(topic, columns, rules) -%}
    {%- set event_rules = {
        'no_event_id': 'event_id is null',
        'event_at_out_of_range': 'not ' ~ in_range('cast(timestamp as date)'),
    } -%}
    select
        coalesce(event_id, _row_id) as event_id,
        {{ columns | join(', ') }},
        timestamp as event_at,
        cast(timestamp as date) as event_date,
        {{ broken_rules(dict(event_rules, **rules)) }} as broken_rules,
        {{ provenance() }}
    from {{ topic }}
    where not coalesce(_tombstone, false)
{%- endmacro -%}
