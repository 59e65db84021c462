{# dbt's own functions, where dbt-spark's text is wrong on Sail #}

{# to_timestamp of a number means microseconds to Sail, and seconds to dbt-spark, which is silently wrong #}
{% macro lake__dateadd(datepart, interval, from_date_or_timestamp) %}
    timestampadd({{ datepart }}, {{ interval }}, cast({{ from_date_or_timestamp }} as timestamp))
{% endmacro %}


{# dbt-spark builds a pattern at run time, which Sail refuses #}
{% macro lake__split_part(string_text, delimiter_text, part_number) %}
    split_part({{ string_text }}, {{ delimiter_text }}, {{ part_number }})
{% endmacro %}
