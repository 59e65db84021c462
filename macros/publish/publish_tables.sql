{#
    The tables to publish, sorted by name: models in the folder `gold`, and any other whose `meta` says so.
    `meta: {publish: true}` adds a model, `meta: {publish: false}` takes one out.

    Each is a mapping: `name` (the model's alias, also the copy's name), `relation` (in the lake), `columns` (name ->
    Spark type, in contract order), `key` (columns that name a row: its `unique_key`, else what its grain test says,
    else none).

    Raises a compiler error for a model that is no table, has a column without a type, or shares its name with another.
    Engines: the same on all; it asks none.
#}
{% macro publish_tables() %}
    {%- set tables = {} -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and publish_wanted(node) -%}
        {%- if node.config.materialized not in ('table', 'incremental') -%}
            {%- do exceptions.raise_compiler_error(
                "publish: " ~ node.name ~ " is materialized as " ~ node.config.materialized
                ~ ": only a table or an incremental model can be published; meta: {publish: false} leaves it out"
            ) -%}
        {%- endif -%}
        {%- if node.alias in tables -%}
            {%- do exceptions.raise_compiler_error(
                "publish: two models are called " ~ node.alias ~ ", and Snowflake's copies share one schema: "
                ~ "give one an alias or meta: {publish: false}"
            ) -%}
        {%- endif -%}
        {%- do tables.update({node.alias: {
            'name': node.alias,
            'relation': api.Relation.create(schema=node.schema, identifier=node.alias),
            'columns': publish_columns(node),
            'key': publish_key(node),
        }}) -%}
    {%- endfor -%}
    {{ return(tables.values() | sort(attribute='name')) }}
{% endmacro %}

{% macro publish_wanted(node) %}
    {%- set told = node.config.get('meta', {}).get('publish') -%}
    {{ return(told if told is not none else node.fqn[1] == 'gold') }}
{% endmacro %}

{% macro publish_columns(node) %}
    {%- set columns = {} -%}
    {%- for column in node.columns.values() -%}
        {%- if not column.data_type -%}
            {%- do exceptions.raise_compiler_error(
                "publish: " ~ node.name ~ "." ~ column.name ~ " has no data_type in the model's YAML"
            ) -%}
        {%- endif -%}
        {%- set type = column.data_type | lower | replace(' ', '') -%}
        {%- do columns.update({column.name: 'int' if type == 'integer' else type}) -%}
    {%- endfor -%}
    {%- if not columns -%}
        {%- do exceptions.raise_compiler_error("publish: " ~ node.name ~ " has no columns in its YAML") -%}
    {%- endif -%}
    {{ return(columns) }}
{% endmacro %}

{% macro publish_key(node) %}
    {%- set keys = [node.config.unique_key] -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test' and test.attached_node == node.unique_id -%}
        {%- if test.get('test_metadata') and test.test_metadata.name == 'grain' and not test.config.where -%}
            {%- do keys.append(test.test_metadata.kwargs.columns) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set key = keys | select | first | default([], true) -%}
    {{ return([key] if key is string else key | list) }}
{% endmacro %}
