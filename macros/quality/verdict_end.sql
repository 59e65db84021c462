{#
    Writes a build's verdict, see verdict_begin: models, seeds and snapshots that succeeded and tests that passed or warned
    are proven, all others stay unproven with their reason.

    Arguments: results, what dbt hands to `on-run-end`.

    Example: on-run-end: ["{{ verdict_end(results) }}"]
    Engines: the local one (Sail). On EMR Serverless the job writes the verdict itself (operations/emr/verdict.py).
#}
{% macro verdict_end(results) -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'retry', 'seed', 'snapshot') -%}
        {%- do adapter.dispatch('verdict_end')(results) -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__verdict_end(results) %}{% endmacro %}

{% macro lake__verdict_end(results) %}
    {%- set unproven = verdict_held().unproven -%}
    {%- for result in results if result.node.unique_id in unproven -%}
        {%- if result.status in ('success', 'pass', 'warn') -%}
            {%- do unproven.pop(result.node.unique_id) -%}
        {%- else -%}
            {%- do unproven.update({result.node.unique_id: result.status ~ ': ' ~ (result.message or '')}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do verdict_write(unproven, modules.datetime.datetime.now(modules.pytz.utc).isoformat()) -%}
{% endmacro %}
