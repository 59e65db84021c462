{#
  Writes what every data test of a build found into audit.dq_results; a second time for the same run replaces it.

  Called by `on-run-end`, which dbt runs after a failed build too, so that plain `dbt build` records as well as
  `lakehouse run`. One merge for all tests, and one query that counts the rows of the models they looked at. `dbt test`
  only looks, and leaves nothing.

  Arguments
    results   what dbt hands to `on-run-end`

  Example: on-run-end: ["{{ record_test_results(results) }}"]
#}
{%- macro record_test_results(results) -%}
    {%- set tests = [] -%}
    {%- for result in results if result.node.resource_type == 'test' -%}{%- do tests.append(result) -%}{%- endfor -%}
    {%- if tests and flags.WHICH in ('build', 'retry') -%}
    {%- do create_dq_results() -%}
    {%- set counts = rows_of_tested_models(tests) -%}
    {%- set columns = dq_results_columns() | list %}
    merge into {{ dq_results() }} as held
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
            cast(rows_before as bigint) as rows_before,
            cast(rows_checked as bigint) as rows_checked,
            is_partial,
            cast(seconds as decimal(18, 3)) as seconds,
            cast('{{ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') }}' as timestamp) as started_at
        from (
            values
            {%- for result in tests %}
            ({{ row_of_test(result, counts) | join(', ') }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) as said (
            test, model, kind, rule, severity, status, rows_failed, rows_before, rows_checked, is_partial, seconds
        )
    ) as found
        on held.run_id = found.run_id and held.test = found.test
    when matched then update set
        {%- for name in columns if name not in ('run_id', 'test') %}
        {{ name }} = found.{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    when not matched then insert ({{ columns | join(', ') }})
    values (found.{{ columns | join(', found.') }})
    {%- endif -%}
{%- endmacro -%}

{# What is recorded of a test, as literals. dbt gives 0 failed rows for a test that warns of new rows only and passes. #}
{%- macro row_of_test(result, counts) -%}
    {%- set test = result.node -%}
    {%- set compared = comparison_of_test(result) -%}
    {%- set is_partial = looked_at_a_part(test.compiled_code) -%}
    {%- set row_count = none if is_partial else counts.get(tested_model(test)) -%}
    {{- return([
        text_literal(test.name),
        text_literal(tested_model(test)),
        text_literal(kind_of_test(test)),
        text_literal(rule_of_test(test)),
        text_literal(test.config.severity | lower),
        text_literal(result.status),
        number_literal(compared.get('rows_failed', result.failures)),
        number_literal(compared.get('rows_before')),
        number_literal(compared.get('rows_checked', row_count)),
        'true' if is_partial else 'false',
        '%.3f' | format(result.execution_time),
    ]) -}}
{%- endmacro -%}

{%- macro number_literal(number) -%}
    {{- return('null' if number is none else number | string) -}}
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
