{#
  The names of the rules that a row breaks, in the order of the model's YAML and separated by ', '; NULL where it keeps
  them all. The rules stand there, once, under `config.meta.rules`:

    rules:
      - {name: negative_total, condition: total_amount < 0}

  A condition is true when the rule is broken (NULL counts as kept). It is plain SQL over the columns of the CTE
  `checked`; what needs a macro or a join is a column there. A rule with `nulls: <column>` rejects no row (see
  null_if_broken). Stops where a condition names a column that the model doesn't have.

  Example: dbt_project/models/silver/snowflake/orders__validated.sql
#}
{%- macro broken_rules() -%}
    {%- set conditions = {} -%}
    {%- for rule in model_rules() if not rule.nulls -%}
        {%- do require_known_columns(rule) -%}
        {%- do conditions.update({rule.name: rule.condition}) -%}
    {%- endfor -%}
    {{ names_where(conditions) }}
{%- endmacro -%}

{# The names whose conditions are true, separated by ', '; NULL where none is. #}
{%- macro names_where(conditions) -%}
    nullif(concat_ws(
        ', '
        {%- for name, condition in conditions.items() %},
        case when {{ condition }} then '{{ name }}' end
        {%- endfor %}
    ), '')
{%- endmacro -%}

{#
  The rules of the model that is built. dbt's unit tests know nothing of their model's config: they hand the same list
  over, by a YAML anchor (`rules: &rules` in the model, `overrides: {macros: {model_rules: *rules}}` in the test).
#}
{%- macro model_rules() -%}
    {%- if execute and model.resource_type == 'unit_test' -%}
        {%- do exceptions.raise_compiler_error(
            'the unit test ' ~ model.name ~ ' does not have the rules of its model: write `model_rules: *rules` under'
            ~ ' overrides.macros, and `rules: &rules` under config.meta of the model'
        ) -%}
    {%- endif -%}
    {{- return(rules_of(model.unique_id)) -}}
{%- endmacro -%}

{# The rules in a model's YAML, or in that of the `__versions` which it reads. #}
{%- macro rules_of(key) -%}
    {%- set found = [] -%}
    {%- for name in [key, key | replace('__validated', '__versions')] if execute -%}
        {%- do found.extend(graph.nodes.get(name, {}).get('config', {}).get('meta', {}).get('rules', [])) -%}
    {%- endfor -%}
    {{- return(found | unique(attribute='name') | list) -}}
{%- endmacro -%}

{# The names of the rules of the model that a test is about. #}
{%- macro tested_rule_names() -%}
    {{- return(rules_of(tested_node(model)) | map(attribute='name') | list if execute else []) -}}
{%- endmacro -%}

{#
  What is true for a valid row, by name: of the rules of `<model>__validated` those whose columns the tested model has.
#}
{%- macro tested_rules() -%}
    {%- set valid = {} -%}
    {%- if execute and tested_node(model) -%}
        {%- set node = graph.nodes[tested_node(model)] -%}
        {%- for rule in rules_of(node.unique_id ~ '__validated') if not rule.nulls -%}
            {%- if columns_named(rule) | reject('in', node.columns) | list | length == 0 -%}
                {%- do valid.update({rule.name: 'not coalesce(' ~ rule.condition ~ ', false)'}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(valid) -}}
{%- endmacro -%}

{#- A typing error would else be found by the engine, in SQL that nobody wrote. -#}
{%- macro require_known_columns(rule) -%}
    {%- if execute and model.resource_type == 'model' -%}
        {%- set words = modules.re.findall('[a-z_][a-z0-9_]*', model.raw_code | lower) -%}
        {%- set unknown = columns_named(rule) | reject('in', words) | list -%}
        {%- set read = columns_read() if unknown else [] -%}
        {%- for column in unknown if column not in read -%}
            {%- do exceptions.raise_compiler_error(
                'the rule ' ~ rule.name ~ ' of ' ~ model.name ~ ' names the column ' ~ column ~ ', which neither the model nor'
                ~ ' a table that it reads has: correct `condition` under config.meta.rules in ' ~ model.name ~ '.yml'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- The columns that a rule's condition names: its words but texts, functions and those of SQL. -#}
{%- macro columns_named(rule) -%}
    {%- set sql = ['and', 'or', 'not', 'is', 'null', 'in', 'like', 'between', 'case', 'when', 'then', 'else', 'end', 'true',
        'false', 'date', 'timestamp', 'cast', 'as', 'decimal', 'bigint', 'int', 'distinct', 'from'] -%}
    {%- set text = modules.re.sub("'[^']*'", '', rule.condition | lower) -%}
    {%- set words = modules.re.findall('[a-z_][a-z0-9_]*\\b(?!\\s*\\()', text) -%}
    {{- return(words | reject('in', sql) | unique | list) -}}
{%- endmacro -%}

{#- The columns of the tables that a model reads, in lower case. -#}
{%- macro columns_read() -%}
    {%- set found = [] -%}
    {%- for name in (model.depends_on or {}).get('nodes', []) -%}
        {%- set node = graph.sources.get(name) or graph.nodes.get(name, {}) -%}
        {%- set table = load_cached_relation(api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.identifier or node.alias
        )) -%}
        {%- for column in (adapter.get_columns_in_relation(table) if table else []) -%}
            {%- do found.append(column.name | lower) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}
