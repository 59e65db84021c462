{#
  All of a silver model with a quarantine: of each key the latest version, where that breaks no rule. The columns are
  those of the model's YAML, taken from its `__checked` model, which cleans them and says in `broken_rules` what is
  wrong. The broken ones go to `<model>__quarantine` (see quarantined; leave_quarantine tells how a key moves).

  A run that builds the model but not the quarantine is refused: the keys that it leaves out would be nowhere.

  A build from scratch takes those without broken rules; an incremental one takes those along that may just have broken
  one (new versions, and keys in `again`), without a `_loaded_at`, so that the merge deletes them.

  Arguments
    checked   the model with every version in bronze, its columns cleaned, `broken_rules` and provenance()
    key       list of columns of `checked`, the model's unique_key by default
    again     list of queries for keys to look at again, besides those in quarantine (see latest_version)

  Example: dbt_project/models/silver/snowflake/orders.sql
#}
{%- macro sound(checked, key=none, again=[]) -%}
    {%- set key = key or unique_key_columns() -%}
    {%- do quarantine_is_built_too() -%}
    {%- set held = 'select ' ~ key | join(', ') ~ ' from ' ~ ref(model.name ~ '__quarantine') -%}
    select
        {%- for name in model.columns %}
        {{ {
            '_loaded_at': 'case when broken_rules is null then _ingest_ts end as _loaded_at',
            '_built_at': built_at() ~ ' as _built_at',
        }.get(name, name) }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ latest_version(checked, key, again=[held] + again) }}
    ) as latest
    where
        broken_rules is null
        {%- if is_incremental() %}
        or {{ new_rows() }}
        {%- for query in again %}
        or ({{ key | join(', ') }}) in ({{ query }})
        {%- endfor %}
        {%- endif %}
{%- endmacro -%}

{#- `dbt retry` goes on where a build of both had stopped -#}
{%- macro quarantine_is_built_too() -%}
    {%- set quarantine = 'model.' ~ project_name ~ '.' ~ model.name ~ '__quarantine' -%}
    {%- if execute and flags.WHICH in ('build', 'run') and quarantine not in selected_resources -%}
        {%- do exceptions.raise_compiler_error(
            model.name ~ ' leaves keys with broken rules to ' ~ model.name ~ '__quarantine, which has to be built before'
            ~ ' it: dbt ' ~ flags.WHICH ~ ' --select ' ~ model.name ~ '__quarantine ' ~ model.name
            ~ ' (' ~ model.name ~ '__quarantine+ with all that follows)'
        ) -%}
    {%- endif -%}
{%- endmacro -%}
