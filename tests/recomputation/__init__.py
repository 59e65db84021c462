"""Gold computed a second time: from bronze, in DuckDB, from the definitions.

`sql/` says in DuckDB's SQL what the descriptions of the columns (`dbt_project/docs/`), the quarantine rules and the
seed `kpis` define. It shares no model, no macro and no engine with dbt, so an error of a model is no error here.
Compared are fact_sales, both aggregates, kpi_daily, customer_360 and fact_payments: every row, every column but the
build's stamps.
"""
