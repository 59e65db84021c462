{#
  The rows of a `<model>__validated` that break no rule, for the table `<model>`: all of them in a build from scratch.
  An incremental build takes what was written there since its own last build, rows that broke a rule included: these
  have no `_loaded_at`, and `merge_delete_condition` (dbt_project.yml) deletes their keys. The table has `_built_at` of
  its own: what reads it finds the rows by when they came here, not by when they were validated.

  Built without its `<model>__validated`, the table follows what that holds; one line of the log says so where bronze
  has newer rows.

  Arguments
    validated   the relation, by `ref`

  Example: dbt_project/models/silver/snowflake/orders.sql
#}
{%- macro valid_rows(validated) -%}
    {%- do report_newer_rows(validated) -%}
    {%- if not is_incremental() -%}
    select * from {{ validated }} where broken_rules is null
    {%- else -%}
    select
        {%- for column in node_of(validated.identifier).columns if column not in ('_loaded_at', '_built_at') %}
        {{ column }},
        {%- endfor %}
        case when broken_rules is null then _loaded_at end as _loaded_at
    from {{ validated }}
    where {{ written_since(validated, last_built_at(this.identifier)) }}
    {%- endif -%}
{%- endmacro -%}

{#- One line where bronze has rows that are newer than a validated model that this run does not build. -#}
{%- macro report_newer_rows(validated) -%}
    {%- set node = node_of(validated.identifier) -%}
    {%- if execute and flags.WHICH in ('build', 'run') and node.unique_id not in selected_resources -%}
        {%- set seen = newest_load(validated) -%}
        {%- for bronze in sources_of(node) if seen -%}
            {%- set newer = ' from ' ~ bronze ~ " where _ingest_ts > timestamp '" ~ seen ~ "'" -%}
            {%- set query = 'select ' ~ canonical_text('max(_ingest_ts)', 'timestamp') ~ ' as newest' ~ newer -%}
            {%- set newest = run_query(query).rows[0][0] -%}
            {%- if newest -%}
                {%- do log(
                    this.identifier ~ ' is built from ' ~ validated.identifier ~ ' as of ' ~ seen ~ ', and bronze has rows of '
                    ~ newest ~ ': dbt ' ~ flags.WHICH ~ ' --select ' ~ validated.identifier ~ '+', info=true
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- The bronze tables that a model reads, also through an ephemeral one. -#}
{%- macro sources_of(node) -%}
    {%- set found = [] -%}
    {%- for name in node.depends_on.nodes -%}
        {%- if name in graph.sources -%}
            {%- do found.append(source(graph.sources[name].source_name, graph.sources[name].name)) -%}
        {%- elif graph.nodes[name].config.materialized == 'ephemeral' -%}
            {%- do found.extend(sources_of(graph.nodes[name])) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}
