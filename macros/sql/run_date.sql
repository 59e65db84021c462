{#
  Today, as a date literal: the one place where a model's day comes from.

  LAKEHOUSE_NOW if it is set, else the demo's clock (both reach us as the target's `now`), else today in UTC.
  Returns a SQL expression of type date, such as date '2026-01-31'.

  Example
    where order_date <= {{ run_date() }}
#}
{%- macro run_date() -%}
    {%- set now = target.get('now') or env_var('LAKEHOUSE_NOW', '') or modules.datetime.datetime.now(modules.pytz.utc).isoformat() -%}
    {%- set moment = modules.datetime.datetime.fromisoformat(now | replace('Z', '+00:00')) -%}
    {%- if moment.tzinfo -%}
        {%- set moment = moment.astimezone(modules.pytz.utc) -%}
    {%- endif -%}
    date '{{ moment.strftime('%Y-%m-%d') }}'
{%- endmacro -%}
