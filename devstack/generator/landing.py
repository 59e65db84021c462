"""Where the demo's rows must end up: counts, from the labels and the data alone.

Nothing here asks the loaders' or the models' code: tests compare the lake with it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import duckdb
import pyarrow as pa

from devstack.generator.demo import FILES, Demo
from devstack.generator.dirt import LABEL, of_table
from devstack.generator.topics import TOPICS


@dataclass(frozen=True)
class Model:
    """A silver model: its name, its key in the source's columns, and the column whose latest value wins."""

    name: str
    key: tuple[str, ...]
    cursor: str | None = "updated_at"
    """None for files and topics: the row of the latest file wins, the last change, or the latest message."""


MODELS = {
    ("snowflake", "customers"): Model("customers", ("customer_id",)),
    ("snowflake", "orders"): Model("orders", ("order_id",)),
    ("snowflake", "order_items"): Model("order_items", ("order_id", "line_number")),
    ("snowflake", "products"): Model("products", ("product_id",)),
    ("snowflake", "financial_transactions"): Model("financial_transactions", ("transaction_id",), "posted_at"),
    ("redshift", "customer_events"): Model("customer_events", ("event_id",), "event_ts"),
    ("salesforce", "Account"): Model("accounts", ("Id",), "SystemModstamp"),
    ("salesforce", "Contact"): Model("contacts", ("Id",), "SystemModstamp"),
    ("salesforce", "Opportunity"): Model("opportunities", ("Id",), "SystemModstamp"),
    (FILES, "price_list"): Model("vendor_prices", ("vendor_id", "sku", "valid_from"), None),
    (FILES, "shipments"): Model("vendor_shipments", ("shipment_id",), None),
    (FILES, "returns"): Model("vendor_returns", ("return_id",), None),
    ("cdc", "payments"): Model("payments", ("payment_id",), None),
    **{("kafka", topic): Model(topic, ("event_id",), None) for topic in TOPICS},
    ("postgres", "users"): Model("users", ("user_id",)),
    ("postgres", "subscriptions"): Model("subscriptions", ("subscription_id",)),
    ("postgres", "product_inventory"): Model("product_inventory", ("product_id", "warehouse_id")),
    ("postgres", "user_sessions"): Model("user_sessions", ("session_id",)),
}


@dataclass(frozen=True)
class Landing:
    """How many rows of a table are where, once everything is loaded and built."""

    served: int
    """What the source gives away: rows, and files that can't be read."""
    landed: int
    quarantined: Mapping[str, int]
    """In bronze's quarantine, by rule. served = landed + quarantined."""
    model: str
    silver: int
    silver_quarantined: Mapping[str, int]
    """In silver's quarantine, by rule."""


def expected(*demos: Demo) -> dict[tuple[str, str], Landing]:
    """The landing of every table but those of exchange rates (they depend on how far back they are asked for).

    Several demos are the same one on several days, loaded on each of them in this order: then bronze holds what each
    day brought anew, and silver what the last one says.
    """
    return {table: _landing(table, [demo.tables[table] for demo in demos]) for table in MODELS}


def _landing(table: tuple[str, str], states: list[pa.Table]) -> Landing:
    model, kinds = MODELS[table], of_table(*table)
    loads = [states[0], *(_new(before, after) for before, after in pairwise(states))]
    dirt = Counter(kind for load in loads for kind in load[LABEL].to_pylist() if kind)
    bad = Counter[str]()
    for kind, count in dirt.items():
        if rule := kinds[kind].rule("bronze"):
            bad[rule] += count
    served = sum(len(load) for load in loads)
    latest = [kinds[kind].rule("silver") if kind else None for kind in winners(table, states[-1])[LABEL].to_pylist()]
    broken = Counter(rule for rule in latest if rule)
    return Landing(
        served=served,
        landed=served - bad.total(),
        quarantined=dict(bad),
        model=model.name,
        silver=len(latest) - broken.total(),
        silver_quarantined=dict(broken),
    )


def winners(table: tuple[str, str], rows: pa.Table) -> pa.Table:
    """Of the rows that bronze keeps, the latest of each key, with its `_dirt`. Each row without a key is its own."""
    model, kinds = MODELS[table], of_table(*table)
    numbered = rows.append_column("_position", pa.array(range(len(rows))))
    order = f'"{model.cursor}" desc, _position desc' if model.cursor else "_position desc"
    unread = [dirt.kind for dirt in kinds.values() if dirt.rule("bronze") or dirt.lands == "bronze_only"]
    key = ", ".join(f'"{column}"' for column in model.key)
    nameless = f'case when "{model.key[0]}" is null then _position end'
    with duckdb.connect() as connection:
        connection.register("numbered", numbered)
        connection.execute("set timezone = 'UTC'")
        return connection.sql(
            f"""
            select * exclude (_position) from numbered
            where not coalesce(list_contains($unread, {LABEL}), false)
            qualify row_number() over (partition by {key}, {nameless} order by {order}) = 1
            """,
            params={"unread": unread},
        ).to_arrow_table()


def silver(table: tuple[str, str], rows: pa.Table) -> pa.Table:
    """The rows that silver holds: those winners that break no rule."""
    kinds = of_table(*table)
    latest = winners(table, rows)
    kept = [not (kind and kinds[kind].rule("silver")) for kind in latest[LABEL].to_pylist()]
    return latest.filter(pa.array(kept, pa.bool_()))


def _new(before: pa.Table, after: pa.Table) -> pa.Table:
    """The rows that came or changed; a column that came is no change."""
    columns = ", ".join(f'"{name}"' for name in before.column_names)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("before", before)
        connection.register("after", after)
        return connection.sql(f"select {columns} from after except all select {columns} from before").to_arrow_table()
