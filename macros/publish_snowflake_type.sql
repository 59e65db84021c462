{#
    The Snowflake type that holds every value of a Spark type exactly. Instants are UTC without a zone.

    Arguments: data_type, a contract's type, such as `decimal(18,2)`; column, for the error's text.
    Raises a compiler error for types that gold doesn't have (float, double, binary, array, map, struct).
    Engines: Snowflake only.
#}
{% macro publish_snowflake_type(data_type, column='') %}
    {%- set spark = data_type | lower | replace(' ', '') -%}
    {%- set known = {
        'string': 'varchar',
        'boolean': 'boolean',
        'date': 'date',
        'timestamp': 'timestamp_ntz(6)',
        'tinyint': 'number(3,0)',
        'smallint': 'number(5,0)',
        'int': 'number(10,0)',
        'integer': 'number(10,0)',
        'bigint': 'number(19,0)',
        'decimal': 'number(10,0)',
    } -%}
    {%- if spark.startswith('decimal(') -%}
        {%- set digits = spark[8:-1].split(',') -%}
        {{ return('number(' ~ digits[0] ~ ',' ~ (digits[1] if digits | length > 1 else '0') ~ ')') }}
    {%- endif -%}
    {%- if spark not in known -%}
        {%- do exceptions.raise_compiler_error(
            "publish: column " ~ column ~ " is " ~ data_type ~ ", which has no exact copy in Snowflake; expected "
            ~ known | join(', ') ~ " or decimal(p,s)"
        ) -%}
    {%- endif -%}
    {{ return(known[spark]) }}
{% endmacro %}
