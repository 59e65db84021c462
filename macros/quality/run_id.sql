{#
  The id of this run, as a text literal: that of `lakehouse run`, else one of the same form made of when dbt began and
  its invocation.
#}
{%- macro run_id() -%}
    {{- text_literal(
        env_var('LAKEHOUSE_RUN_ID', '') or run_started_at.strftime('%Y%m%dT%H%M%SZ') ~ '-' ~ invocation_id[:4]
    ) -}}
{%- endmacro -%}
