"""Publishing: staging gold as Parquet, copying it to Snowflake, and comparing the copy with the lake.

`snowflake` is the account's address; queries on both sides are dbt operations (`dbt_queries`).
"""
