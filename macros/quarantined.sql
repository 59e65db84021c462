{#
  All of a `<model>__quarantine`: the keys whose latest version breaks a rule. The columns are those of its YAML, taken
  from the model's `__checked` model. Built before the model, which is why that one is no ref; what the model has seen
  tells which rows are new, so both have seen them. Only what is new to the quarantine is written.

  Arguments
    checked   as for `sound`

  Example: dbt_project/models/silver/snowflake/orders__quarantine.sql
#}
{%- macro quarantined(checked) -%}
    {%- set key = unique_key_columns() -%}
    {%- set sound_model = this.incorporate(path={'identifier': this.identifier | replace('__quarantine', '')}) -%}
    {%- set held = 'select ' ~ key | join(', ') ~ ' from ' ~ this -%}
    {%- set broken -%}
    (
        select
            {%- for name in model.columns %}
            {{ {'_loaded_at': '_ingest_ts as _loaded_at', '_built_at': built_at() ~ ' as _built_at'}.get(name, name) }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from (
            {{ latest_version(checked, key, model=sound_model, again=[held]) }}
        ) as latest
        where broken_rules is not null
    )
    {%- endset -%}
    {{ changed_rows(broken, drop=false) }}
{%- endmacro -%}
