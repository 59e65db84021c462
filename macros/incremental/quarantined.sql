{#
  All of a `<model>__quarantine`: the keys whose latest version breaks a rule. The columns are those of its YAML, taken
  from the model's `__checked` model. Built before the model, which is why that one is no ref; what the model has seen
  tells which rows are new, so both have seen them. Only what is new to the quarantine is written.

  A load that ends between the two is new to the model alone, and its broken keys would be nowhere. The test
  silver_is_bronze_without_quarantine fails for that; where it did, the next build looks at all of bronze.

  Arguments
    checked   as for `sound`

  Example: dbt_project/models/silver/snowflake/orders__quarantine.sql
#}
{%- macro quarantined(checked) -%}
    {%- set key = unique_key_columns() -%}
    {%- set sound_model = this.incorporate(path={'identifier': this.identifier | replace('__quarantine', '')}) -%}
    {%- set seen_by = none if a_key_was_nowhere() else sound_model -%}
    {%- set held = 'select ' ~ key | join(', ') ~ ' from ' ~ this -%}
    {%- set broken -%}
    (
        select
            {%- for name in model.columns %}
            {{ {'_loaded_at': '_ingest_ts as _loaded_at', '_built_at': built_at() ~ ' as _built_at'}.get(name, name) }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from (
            {{ latest_version(checked, key, model=seen_by, again=[held]) }}
        ) as latest
        where broken_rules is not null
    )
    {%- endset -%}
    {{ changed_rows(broken, drop=false) }}
{%- endmacro -%}

{# Whether the last build found that a key of bronze is neither in silver nor in a quarantine, or in both. #}
{%- macro a_key_was_nowhere() -%}
    {%- set results = built_dq_results() -%}
    {%- set last -%}
        select status from {{ results }}
        where test = 'silver_is_bronze_without_quarantine'
        order by started_at desc
        limit 1
    {%- endset -%}
    {{- return(results is not none and run_query(last).rows | map(attribute=0) | list == ['fail']) -}}
{%- endmacro -%}
