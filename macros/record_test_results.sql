{#
  Writes what every data test of a build said into gold.dq_results; a second time for the same run replaces it.

  Called by `on-run-end`, so that plain `dbt build` records as well as `lakehouse run`. One merge for all tests, and one
  query that counts the rows of the models they looked at. `dbt test` only looks, and leaves nothing.

  Arguments
    results           what dbt hands to `on-run-end`
    target_relation   the table; where it was never built, nothing is recorded

  Example: on-run-end: ["{{ record_test_results(results, ref('dq_results')) }}"]
#}
{%- macro record_test_results(results, target_relation) -%}
    {%- set tests = [] -%}
    {%- for result in results if result.node.resource_type == 'test' -%}{%- do tests.append(result) -%}{%- endfor -%}
    {%- if tests and flags.WHICH in ('build', 'retry') and load_cached_relation(target_relation) -%}
    {%- set counts = rows_of_tested_models(tests) -%}
    merge into {{ target_relation }} as held
    using (
        select
            {{ run_id() }} as run_id,
            test,
            model,
            kind,
            rule,
            severity,
            status,
            cast(rows_failed as bigint) as rows_failed,
            cast(rows_checked as bigint) as rows_checked,
            cast(seconds as decimal(18, 3)) as seconds,
            cast('{{ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') }}' as timestamp) as started_at
        from (
            values
            {%- for result in tests %}
            {%- set node = result.node %}
            ({{ text_literal(node.name) }}, {{ text_literal(tested_model(node)) }}, {{ text_literal(kind_of_test(node)) }}, {{ text_literal(rule_of_test(node)) }}, {{ text_literal(node.config.severity | lower) }}, {{ text_literal(result.status) }}, {{ result.failures if result.failures is not none else 'null' }}, {{ counts.get(tested_model(node), 'null') if not looked_at_a_part(node.compiled_code) else 'null' }}, {{ '%.3f' | format(result.execution_time) }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) as said (test, model, kind, rule, severity, status, rows_failed, rows_checked, seconds)
    ) as found
        on held.run_id = found.run_id and held.test = found.test
    when matched then update set
        model = found.model, kind = found.kind, rule = found.rule, severity = found.severity, status = found.status,
        rows_failed = found.rows_failed, rows_checked = found.rows_checked, seconds = found.seconds,
        started_at = found.started_at
    when not matched then insert (
        run_id, test, model, kind, rule, severity, status, rows_failed, rows_checked, seconds, started_at
    ) values (
        found.run_id, found.test, found.model, found.kind, found.rule, found.severity, found.status,
        found.rows_failed, found.rows_checked, found.seconds, found.started_at
    )
    {%- endif -%}
{%- endmacro -%}

{# The model that a test is written beside or, in a file of its own, is about (see tested_rows): its key in the graph. #}
{%- macro tested_node(test) -%}
    {%- set about = test.config.get('meta', {}).get('tested_model') -%}
    {{- return(test.attached_node or ('model.' ~ project_name ~ '.' ~ about if about else none)) -}}
{%- endmacro -%}

{# The name of that model; none for a test over several models. #}
{%- macro tested_model(test) -%}
    {%- set key = tested_node(test) -%}
    {{- return(key.split('.')[-1] if key else none) -}}
{%- endmacro -%}

{%- macro kind_of_test(node) -%}
    {{- return(node.test_metadata.name if node.test_metadata else 'singular') -}}
{%- endmacro -%}

{# What a test asks for, in words or in SQL. #}
{%- macro rule_of_test(node) -%}
    {%- set asked = node.test_metadata.kwargs if node.test_metadata else {} -%}
    {%- set kind = kind_of_test(node) -%}
    {%- if kind == 'grain' -%}
        {{- return('one row for each ' ~ asked.columns | join(', ')) -}}
    {%- elif kind == 'holds' -%}
        {{- return(asked.condition) -}}
    {%- elif kind == 'keeps_rules' -%}
        {{- return(asked.rules | join(', ')) -}}
    {%- elif kind == 'relationships' -%}
        {{- return(asked.column_name ~ ' is in ' ~ asked.field ~ ' of ' ~ asked.to) -}}
    {%- elif kind == 'accepted_values' -%}
        {{- return(asked.column_name ~ ' is one of ' ~ asked['values'] | join(', ')) -}}
    {%- endif -%}
    {{- return(node.name | replace('_', ' ')) -}}
{%- endmacro -%}

{# Name of a tested model -> its rows; models that failed or are no table have none. #}
{%- macro rows_of_tested_models(tests) -%}
    {%- set relations = {} -%}
    {%- set tested = [] -%}
    {%- for test in tests -%}{%- do tested.append(tested_node(test.node)) -%}{%- endfor -%}
    {%- for key in tested | select | unique -%}
        {%- set relation = table_of(graph.nodes[key]) -%}
        {%- if relation -%}{%- do relations.update({graph.nodes[key].name: relation}) -%}{%- endif -%}
    {%- endfor -%}
    {%- set counts = {} -%}
    {%- if relations -%}
        {%- set query -%}
            {%- for name, relation in relations.items() %}
            select {{ text_literal(name) }} as model, count(*) as row_count from {{ relation }}{{ ' union all' if not loop.last }}
            {%- endfor -%}
        {%- endset -%}
        {%- for row in run_query(query).rows -%}{%- do counts.update({row[0]: row[1]}) -%}{%- endfor -%}
    {%- endif -%}
    {{- return(counts) -}}
{%- endmacro -%}
