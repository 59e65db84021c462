{#
  Lets a test of severity `warn` warn of new rows only: of more failed rows than the last build's explain. Those are
  taken from audit.dq_results, in proportion to the rows that the test looked at then and now.

    known before        warns above those by `warn_growth_share` of them and by `warn_growth_rows`
    none in 200 builds  warns of the first row
    no record           warns above `warn_first_share` of the rows and above `warn_growth_rows`

  The three are in the test's `meta`, their defaults in dbt_project.yml. A test with a `warn_if` of its own is left to it.
  A look at a part of the rows is compared with the last one at a part; where there is none, all rows may have failed in it.

  The numbers compared are the message of the test's result, as JSON: record_test_results and `lakehouse run` read it.

  Arguments
    failures   how many rows failed the test that runs

  Example: macros/quality/store_failed_rows.sql, which runs every test
#}
{%- macro warn_of_new_rows(failures) -%}
    {%- set is_partial = looked_at_a_part(sql) -%}
    {%- set rows_checked = rows_looked_at(is_partial) -%}
    {%- set looks = last_looks(model.name) -%}
    {%- set before = looks | selectattr('is_partial', 'equalto', is_partial) | first or looks | first -%}
    {%- set is_known = looks | selectattr('rows_failed') | first -%}
    {%- set warns = failures > failures_explained(before, is_known, rows_checked, is_partial) -%}
    {%- set rows_before = before.rows_failed if before else none -%}
    {%- if warns -%}
        {%- do log(model.name ~ ': ' ~ failures ~ (' row fails, ' if failures == 1 else ' rows fail, ') ~ (
            rows_before ~ ' in the build of ' ~ before.started_at[:10] if before else 'no build before'
        ), info=True) -%}
    {%- endif -%}
    {%- set result -%}
        select {{ failures }} as failures, {{ 'true' if warns else 'false' }} as should_warn, false as should_error
    {%- endset -%}
    {%- set compared = {'rows_failed': failures, 'rows_before': rows_before, 'rows_checked': rows_checked} -%}
    {%- do store_raw_result('main', message=tojson(compared), code=none, rows_affected=none, agate_table=run_query(result)) -%}
{%- endmacro -%}

{# How many failed rows are no news. #}
{%- macro failures_explained(before, is_known, rows_checked, is_partial) -%}
    {%- set few = model.config.meta.warn_growth_rows -%}
    {%- if not before -%}
        {{- return([few, model.config.meta.warn_first_share * (rows_checked or 0)] | max) -}}
    {%- elif not is_known -%}
        {{- return(0) -}}
    {%- endif -%}
    {%- set growth = rows_checked / before.rows_checked if rows_checked and before.rows_checked else 1 -%}
    {%- set growth = [growth, 1] | max if is_partial and not before.is_partial else growth -%}
    {%- set expected = before.rows_failed * growth -%}
    {{- return(expected + [few, model.config.meta.warn_growth_share * expected] | max) -}}
{%- endmacro -%}

{# What the last 200 builds recorded of a test, the newest first: a test of all rows is among them where builds are hourly. #}
{%- macro last_looks(test) -%}
    {%- set results = built_dq_results() -%}
    {%- set query -%}
        select rows_failed, rows_checked, is_partial, {{ canonical_text('started_at', 'timestamp') }} as started_at
        from {{ results }}
        where test = {{ text_literal(test) }} and rows_failed is not null and run_id <> {{ run_id() }}
        order by started_at desc
        limit 200
    {%- endset -%}
    {%- set looks = [] -%}
    {%- for row in (run_query(query).rows if results else []) -%}
        {%- do looks.append({
            'rows_failed': row[0] | int,
            'rows_checked': row[1] | int if row[1] is not none else none,
            'is_partial': row[2],
            'started_at': row[3],
        }) -%}
    {%- endfor -%}
    {{- return(looks) -}}
{%- endmacro -%}

{# How many rows of its model the test that runs looked at; none for a test over several models. #}
{%- macro rows_looked_at(is_partial) -%}
    {%- set key = tested_node(model) -%}
    {%- set relation = table_of(graph.nodes[key]) if key in graph.nodes else none -%}
    {%- set conditions = [config.get('where'), test_window(model) if is_partial else none] | select | list -%}
    {%- set condition = ' where (' ~ conditions | join(') and (') ~ ')' if conditions else '' -%}
    {{- return(run_query('select count(*) from ' ~ relation ~ condition).rows[0][0] | int if relation else none) -}}
{%- endmacro -%}

{# The numbers that warn_of_new_rows compared; none for other tests. #}
{%- macro comparison_of_test(result) -%}
    {%- set compared = fromjson((result.adapter_response or {}).get('_message') or '', {}) -%}
    {{- return(compared if compared is mapping else {}) -}}
{%- endmacro -%}
