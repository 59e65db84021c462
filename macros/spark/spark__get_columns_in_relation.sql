{#
  The columns of a relation, as dbt's columns. dbt-spark 1.11 gives the rows of DESCRIBE, of which a snapshot with
  `hard_deletes: new_record` makes columns of NULLs.

  The lake's adapter has its own, but a project's macros go before an adapter's: so it is named here.
#}
{%- macro spark__get_columns_in_relation(relation) -%}
    {{- return(adapter.get_columns_in_relation(relation)) -}}
{%- endmacro -%}

{%- macro lake__get_columns_in_relation(relation) -%}
    {{- return(dbt.lake__get_columns_in_relation(relation)) -}}
{%- endmacro -%}
