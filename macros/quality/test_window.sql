{#
  What a build's tests look at in a large table: its new rows, and all of it once a week. A model says which rows are
  new in its config, for example `meta={'test_window': {'order_date': 35}}`: those whose `order_date` is at most 35 days
  ago. Also rows that came late, then, if the days reach back far enough; what is older waits for the whole test.

  All rows are looked at where audit.dq_results knows of no test of all rows in the last seven days, or the last failed,
  by `dbt test`, with `--full-refresh`, and always of models that say nothing. A record of a part says `is_partial`.

  dbt calls `get_where_subquery` for the model of every test that stands in YAML; a test's own `where` holds beside it.
  Its own has an alias, which stands in the way of tests that give one, such as relationships. `where (flag)` would name
  the table `where` and its column `flag` on Spark.
#}
{%- macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where'), test_window(model)] | select | list -%}
    {%- if not conditions -%}
        {{- return(relation) -}}
    {%- endif -%}
    {{- return('(select * from ' ~ relation ~ ' /* a part */ where true and (' ~ conditions | join(') and (') ~ '))') -}}
{%- endmacro -%}

{# The condition on the rows that a test looks at; none if it looks at all. #}
{%- macro test_window(test) -%}
    {%- if not execute or flags.WHICH not in ('build', 'retry') or flags.FULL_REFRESH -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set window = graph.nodes.get(tested_node(test), {}).get('config', {}).get('meta', {}).get('test_window') -%}
    {%- if not window or not all_rows_were_tested(test.name) -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set conditions = [] -%}
    {%- for column, days in window.items() -%}
        {%- do conditions.append(column ~ ' >= ' ~ add_days(run_date(), -days)) -%}
    {%- endfor -%}
    {{- return(conditions | join(' and ')) -}}
{%- endmacro -%}

{#
  For a test over several models: the condition on the new rows of the model it is about, true where it looks at all.
  It says so in `config(meta={'tested_model': 'orders'})`; other tables that it reads may have the columns, too.

  Example: dbt_project/tests/orders_total_their_lines.sql
#}
{%- macro tested_rows() -%}
    {%- set window = test_window(model) -%}
    {{- '/* a part */ ' ~ window if window else 'true' -}}
{%- endmacro -%}

{# Whether a test looked at all rows of its model in the last seven days, and did not fail the last time. #}
{%- macro all_rows_were_tested(test) -%}
    {%- set results = built_dq_results() -%}
    {%- set week_ago = run_started_at - modules.datetime.timedelta(days=7) -%}
    {%- set found -%}
        select status
        from {{ results }}
        where
            test = {{ text_literal(test) }}
            and not is_partial
            and started_at > cast('{{ week_ago.strftime('%Y-%m-%d %H:%M:%S') }}' as {{ sql_type('timestamp') }})
        order by started_at desc
        limit 1
    {%- endset -%}
    {%- set last = run_query(found).rows if results else [] -%}
    {{- return(last | length > 0 and last[0][0] in ('pass', 'warn')) -}}
{%- endmacro -%}

{# Whether a test looks at a part of its model's rows, by its compiled SQL; one that could not be compiled has none. #}
{%- macro looked_at_a_part(compiled) -%}
    {{- return('/* a part */' in (compiled or '')) -}}
{%- endmacro -%}
