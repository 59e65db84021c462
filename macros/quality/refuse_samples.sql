{#
    Stops a build with `--empty` or `--sample` where it would write to the tables that readers use: it would replace
    them with none or some of their rows. Called by `on-run-start`, hence by every command that builds.

    Example: on-run-start: ["{{ refuse_samples() }}"]
    Engines: the same on all.
#}
{% macro refuse_samples() -%}
    {%- set option = '--empty' if flags.EMPTY else '--sample' if invocation_args_dict.get('sample') else none -%}
    {%- if execute and option and not env_var('LAKEHOUSE_PREFIX', '') -%}
        {%- do exceptions.raise_compiler_error(
            "dbt " ~ flags.WHICH ~ " " ~ option ~ " is refused: it would replace tables of " ~ target.schema
            ~ " and its other schemas, which readers use, with " ~ ("empty ones" if option == "--empty" else "a part of them")
            ~ "; build a set of your own: LAKEHOUSE_PREFIX=my_ dbt " ~ flags.WHICH ~ " " ~ option
        ) -%}
    {%- endif -%}
{%- endmacro %}
