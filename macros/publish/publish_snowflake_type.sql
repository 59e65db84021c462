{#
    The Snowflake type that holds every value of a Spark type exactly. Instants are UTC without a zone.

    Arguments: data_type, as publish_tables tells it, such as `decimal(18,2)`; column, for the error's text.
    Raises a compiler error for types that gold doesn't have (float, double, binary, array, map, struct).
    Engines: Snowflake only.
#}
{% macro publish_snowflake_type(data_type, column='') %}
    {%- set known = {
        'string': 'varchar',
        'boolean': 'boolean',
        'date': 'date',
        'timestamp': 'timestamp_ntz(6)',
        'tinyint': 'number(3,0)',
        'smallint': 'number(5,0)',
        'int': 'number(10,0)',
        'bigint': 'number(19,0)',
    } -%}
    {%- if data_type.startswith('decimal(') -%}
        {%- set digits = data_type[8:-1].split(',') -%}
        {{ return('number(' ~ digits[0] ~ ',' ~ (digits[1] if digits | length > 1 else '0') ~ ')') }}
    {%- endif -%}
    {%- if data_type not in known -%}
        {%- do exceptions.raise_compiler_error(
            "publish: column " ~ column ~ " is " ~ data_type ~ ", which has no exact copy in Snowflake; expected "
            ~ known | join(', ') ~ " or decimal(p,s)"
        ) -%}
    {%- endif -%}
    {{ return(known[data_type]) }}
{% endmacro %}
