{#
  `_loaded_at` of a model with a quarantine: the winning row's `_ingest_ts`, NULL where a key has to leave (see kept).
#}
{%- macro loaded_at() -%}
    case when broken_rules is null then _ingest_ts end
{%- endmacro -%}
