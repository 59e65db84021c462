{#
    Stops every command that builds on Snowflake: its tables are copies that `lakehouse publish` makes and proves.
    Called by `on-run-start`, hence by build, run, test, seed and snapshot, and by nothing that only reads.

    Example: on-run-start: ["{{ publish_only() }}"]
    Engines: refuses on Snowflake, silent elsewhere.
#}
{% macro publish_only() -%}
    {%- if execute and target.type == 'snowflake' -%}
        {%- do exceptions.raise_compiler_error(
            "nothing is built on Snowflake: `dbt " ~ flags.WHICH ~ "` belongs on the lake (--target local); "
            ~ "`lakehouse publish` then copies gold to " ~ target.database ~ "." ~ target.schema
        ) -%}
    {%- endif -%}
{%- endmacro %}
