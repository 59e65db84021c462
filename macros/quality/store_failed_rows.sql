{#
  Every test, and beside it the rows that failed it in a build: 1,000 at most, in a table of the test's name in schema
  `audit`. A build that passes the test drops the table, if the test looked at all rows (see test_window).

  dbt's own `--store-failures` writes the same tables, but one for each test, failed or not; here only tests that warn
  or fail cost anything. Tests that are told so are left to it.
#}
{%- materialization test, default -%}
    {%- set relations = dbt.materialization_test_default() -%}
    {%- set failures = load_result('main').table.rows[0][0] | int -%}
    {%- if failures and config.get('severity') | lower == 'warn' and config.get('warn_if') == '!= 0' -%}
        {%- do warn_of_new_rows(failures) -%}
    {%- endif -%}
    {%- if flags.WHICH in ('build', 'retry') and not should_store_failures() -%}
        {%- do store_failed_rows(failures) -%}
    {%- endif -%}
    {{ return(relations) }}
{%- endmaterialization -%}

{# Arguments: how many rows failed the test that runs. #}
{%- macro store_failed_rows(failures) -%}
    {%- set held = adapter.get_relation(database, schema, model.alias) -%}
    {%- if held and (failures or not looked_at_a_part(sql)) -%}
        {%- do adapter.drop_relation(held) -%}
    {%- endif -%}
    {%- if failures -%}
        {%- set kept = api.Relation.create(database=database, schema=schema, identifier=model.alias, type='table') -%}
        {%- do adapter.create_schema(kept) -%}
        {%- call statement('kept', auto_begin=True) -%}
            {{ get_create_sql(kept, 'select * from (\n' ~ sql ~ '\n) as failed limit 1000') }}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro -%}
