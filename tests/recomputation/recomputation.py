"""Compute gold from a lake's bronze, and compare it with the gold that dbt built."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
from deltalake import DeltaTable

from ingestion.settings import PROJECT
from tests.recomputation.versions import versions

HERE = Path(__file__).parent
STEPS = (
    "rates",
    "orders",
    "products",
    "customers",
    "sales",
    "subscriptions",
    "stock",
    "web",
    "kpis",
    "customer_360",
    "payments",
)
"""The files of `sql/`, in the order in which one reads another."""
KEYS = {
    "fact_sales": ("order_id", "line_number"),
    "agg_daily_sales": ("order_date", "country", "category"),
    "agg_monthly_sales": ("month", "country", "category"),
    "kpi_daily": ("kpi", "kpi_date"),
    "customer_360": ("customer_id",),
    "fact_payments": ("payment_id",),
}
"""The tables that are computed, and what names a row of each."""
OF_THE_BUILD = {"_built_at", "_lines_built_at"}
LATEST = {
    "rates_daily": ("fx_rates__rates_daily", "base, ccy, rate_date"),
    "rates_hourly": ("fx_rates__rates_hourly", "base, ccy, fetched_hour"),
    "orders": ("snowflake__orders", "order_id"),
    "order_items": ("snowflake__order_items", "order_id, line_number"),
    "products": ("snowflake__products", "product_id"),
    "customers": ("snowflake__customers", "customer_id"),
    "financial_transactions": ("snowflake__financial_transactions", "transaction_id"),
    "customer_events": ("redshift__customer_events", "event_id"),
    "accounts": ("salesforce__account", "id"),
    "contacts": ("salesforce__contact", "id"),
    "opportunities": ("salesforce__opportunity", "id"),
    "users": ("postgres__users", "user_id"),
    "subscriptions": ("postgres__subscriptions", "subscription_id"),
    "user_sessions": ("postgres__user_sessions", "session_id"),
    "shipments": ("vendor_files__shipments", "shipment_id"),
    "user_events": ("kafka__user_events", "event_id"),
    "inventory_updates": ("kafka__inventory_updates", "event_id"),
    "payments": ("cdc__payments", "payment_id"),
}
"""Name -> bronze table and key: the latest version of each key, by (`_version`, `_ingest_ts`, `_row_id`)."""
EVERY_VERSION = {"postgres__product_inventory", "vendor_files__price_list", "vendor_files__returns"}
"""Read as they are: each version counts, or the last sound one."""
VERSIONED = {
    "customer_versions": ("snowflake__customers", "customer_id"),
    "product_versions": ("snowflake__products", "product_id"),
    "subscription_versions": ("postgres__subscriptions", "subscription_id"),
}
"""Name -> bronze table and key: the versions that a build after each load has seen."""


@dataclass(frozen=True)
class Difference:
    """A row that dbt and the definitions do not agree on, as text; None where one of them does not have it."""

    table: str
    key: str
    columns: str
    built: str | None
    computed: str | None


def recompute(root: Path, today: date) -> duckdb.DuckDBPyConnection:
    """A database with the tables of `KEYS`, computed from the bronze of the lake at `root` as of `today`."""
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    con.create_function(
        "quotient",
        _quotient,
        ["decimal(38,10)", "decimal(38,10)", "integer"],
        "decimal(28,10)",
        null_handling="special",
    )  # type: ignore[arg-type]
    con.execute(f"create macro today() as date '{today}'")
    for seed in ("currencies", "country_spellings"):
        con.read_csv(str(PROJECT / "seeds" / f"{seed}.csv"), all_varchar=True, na_values="\0").create_view(seed)
    for name in {bronze for bronze, _ in LATEST.values()} | EVERY_VERSION:
        con.register(name, DeltaTable(str(root / "bronze" / name)).to_pyarrow_table())
    for name, (bronze, key) in LATEST.items():
        con.execute(f"create table {name} as {_latest(bronze, key)}")
    for name, (bronze, key) in VERSIONED.items():
        con.register(name, versions(DeltaTable(str(root / "bronze" / bronze)).to_pyarrow_table(), key))
    for step in STEPS:
        con.execute((HERE / "sql" / f"{step}.sql").read_text())
    return con


def differences(con: duckdb.DuckDBPyConnection, root: Path, table: str) -> list[Difference]:
    """Rows of gold's table that the computed one does not have in the same words, and the other way round."""
    built = DeltaTable(str(root / "gold" / table)).to_pyarrow_table()
    con.register("built", built)
    columns = [name for name in built.column_names if name not in OF_THE_BUILD]
    key = " || '|' || ".join(f"coalesce({name}::varchar, 'NULL')" for name in KEYS[table])
    unlike = " || ".join(
        f"case when b.{name}::varchar is distinct from c.{name}::varchar then '{name} ' else '' end" for name in columns
    )
    on = " and ".join(f"b.{name} is not distinct from c.{name}" for name in KEYS[table])
    found = con.execute(f"""
        with b as (select *, {key} as row_key from built), c as (select *, {key} as row_key from {table}),
        compared as (
            select coalesce(b.row_key, c.row_key) as row_key, b.row_key as is_built, c.row_key as is_computed,
                   {unlike} as unlike, b, c
            from b full join c on {on}
        )
        select row_key, unlike, case when is_built is not null then b::varchar end,
               case when is_computed is not null then c::varchar end
        from compared where is_built is null or is_computed is null or unlike <> '' order by row_key
    """).fetchall()
    con.unregister("built")
    return [Difference(table, *row) for row in found]


def _latest(bronze: str, key: str) -> str:
    order = "_version desc, _ingest_ts desc, _row_id desc"
    return f"select * from {bronze} qualify row_number() over (partition by {key} order by {order}) = 1"


def _quotient(dividend: Decimal | None, divisor: Decimal | None, scale: int) -> Decimal | None:
    """Rounded half up to `scale` digits; NULL where there is nothing to divide by."""
    if dividend is None or divisor is None or divisor == 0:
        return None
    return (dividend / divisor).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
