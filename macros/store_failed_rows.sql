{#
  Keeps the rows that failed a build's tests, 1,000 of each test at most, in a table of the test's name in schema
  `audit`; drops what an earlier run kept of a test that passes now, if it looked at all rows (see test_window).

  dbt's own `--store-failures` writes the same tables, but one for each test, failed or not; here only tests that warn
  or fail cost anything.

  Arguments
    results   what dbt hands to `on-run-end`

  Example: on-run-end: ["{{ store_failed_rows(results) }}"]
  Engines: the local one. Spark and Athena make tables of models and tests only: say `--store-failures` there.
#}
{%- macro store_failed_rows(results) -%}
    {%- if execute and flags.WHICH in ('build', 'retry') -%}
        {{- adapter.dispatch('store_failed_rows')(results) -}}
    {%- endif -%}
{%- endmacro -%}

{%- macro default__store_failed_rows(results) -%}{%- endmacro -%}

{%- macro lake__store_failed_rows(results) -%}
    {%- set schemas = [] -%}
    {%- for result in results if result.node.resource_type == 'test' and not result.node.should_store_failures -%}
        {%- set node = result.node -%}
        {%- set kept = api.Relation.create(schema=node.schema, identifier=node.alias, type='table') -%}
        {%- if result.failures -%}
            {%- if kept.schema not in schemas -%}
                {%- do adapter.create_schema(kept) -%}
                {%- do schemas.append(kept.schema) -%}
            {%- endif -%}
            {%- call statement('keep_' ~ loop.index) -%}
                {{ create_table_as(False, kept, 'select * from (\n' ~ node.compiled_code ~ '\n) as failed limit 1000') }}
            {%- endcall -%}
        {%- elif result.failures == 0 and not looked_at_a_part(node) -%}
            {%- set held = adapter.get_relation(node.database, node.schema, node.alias) -%}
            {%- if held -%}{%- do adapter.drop_relation(held) -%}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}
