{#
    Where a copy differs from the lake, first step: rows and digest of each group of rows, a group being the rows whose
    key's digest begins with the same three hex digits. Prints one line of JSON.

    Arguments: name, a table to publish; version, of the lake's table (on Snowflake its scratch table is looked at).
    Engines: the same on all.
#}
{% macro publish_groups(name, version=none) %}
    {%- do publish_say({'groups': publish_groups_of(name, version)}) -%}
{% endmacro %}

{% macro publish_groups_of(name, version) %}
    {%- set query -%}
        select
            key_group,
            count(*) as row_count,
            cast({{ set_digest('row_digest') }} as string) as digest
        from ({{ publish_keyed(name, version) }}) as keyed
        group by key_group
    {%- endset -%}
    {%- set groups = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do groups.update({row[0]: [row[1] | int, row[2] | string]}) -%}
    {%- endfor -%}
    {{ return(groups) }}
{% endmacro %}

{#
    Second step: the keys in some of these groups, as text, each with its row's digest. Prints one line of JSON.

    Arguments: as above; groups, a list of three hex digits each.
#}
{% macro publish_keys(name, groups, version=none) %}
    {%- set query -%}
        select row_key, row_digest
        from ({{ publish_keyed(name, version) }}) as keyed
        where key_group in ('{{ groups | join("', '") }}')
        order by key_digest
        limit 10000
    {%- endset -%}
    {%- set keys = {} -%}
    {%- for row in run_query(query).rows -%}{%- do keys.update({row[0]: row[1]}) -%}{%- endfor -%}
    {%- do publish_say({'keys': keys}) -%}
{% endmacro %}

{# A table's rows as group, key in words, digest of the key and of the row. All columns are the key where none is told. #}
{% macro publish_keyed(name, version) %}
    {%- set table = publish_tables() | selectattr('name', 'equalto', name) | first -%}
    {%- set key = {} -%}
    {%- set words = [] -%}
    {%- for name, type in table.columns.items() if name in table.key or not table.key -%}
        {%- set quoted = publish_name(name) -%}
        {%- do key.update({quoted: type}) -%}
        {%- do words.append("'" ~ name ~ "=' || coalesce(" ~ canonical_text(quoted, type) ~ ", 'NULL')") -%}
    {%- endfor -%}
    select
        substr({{ row_digest(key) }}, 1, 3) as key_group,
        {{ words | join(" || ', ' || ") }} as row_key,
        {{ row_digest(key) }} as key_digest,
        {{ row_digest(publish_quoted(table.columns)) }} as row_digest
    from {{ publish_scratch_of(table) if version is none else publish_at(table.relation, version) }}
{% endmacro %}
