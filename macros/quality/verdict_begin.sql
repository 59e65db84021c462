{#
    Writes into the lake, before a build writes anything, that no node of it is proven: `<prefix>gold/_gate.json`, which
    `lakehouse publish` reads on whatever machine. `verdict_end` then takes out what succeeded and passed. So a build
    that was killed, or is still running, keeps publish closed as a failed test does.

    The note is {"run_id", "command", "started_at", "ended_at", "unproven": {node: reason}}. What an earlier build left
    unproven stays so until a build of that node succeeds, or the project has no such node any more.

    Example: on-run-start: ["{{ verdict_begin() }}"]
    Engines: the local one (Sail). On EMR Serverless the job writes the verdict itself (operations/emr/verdict.py).
#}
{% macro verdict_begin() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'retry', 'seed', 'snapshot') -%}
        {%- do adapter.dispatch('verdict_begin')() -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__verdict_begin() %}{% endmacro %}

{% macro lake__verdict_begin() %}
    {%- set unproven = verdict_held().unproven -%}
    {%- for id in selected_resources if id in graph.nodes -%}
        {%- set node = graph.nodes[id] -%}
        {%- if node.resource_type in ('model', 'seed', 'snapshot', 'test') and node.config.materialized != 'ephemeral' -%}
            {%- do unproven.update({id: 'not finished'}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do verdict_write(unproven, none) -%}
{% endmacro %}

{# The verdict as it stands; nothing is unproven where there is none. #}
{% macro verdict_held() %}
    {{ return(fromjson(adapter.lake_note(target.schema, 'gate.json'), {'unproven': {}})) }}
{% endmacro %}

{% macro verdict_write(unproven, ended_at) %}
    {%- set known = {} -%}
    {%- for id, reason in unproven.items() if id in graph.nodes -%}{%- do known.update({id: reason}) -%}{%- endfor -%}
    {%- set verdict = {
        'run_id': env_var('LAKEHOUSE_RUN_ID', '') or invocation_id,
        'command': 'dbt ' ~ flags.WHICH,
        'started_at': run_started_at.isoformat(),
        'ended_at': ended_at,
        'unproven': known,
    } -%}
    {%- do adapter.lake_save_note(target.schema, 'gate.json', tojson(verdict)) -%}
{% endmacro %}
