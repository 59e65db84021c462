"""The demo's sources on one day: every table and every file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pyarrow as pa

from devstack.generator.crm import account_table, contact_table, draw_accounts
from devstack.generator.customers import customers_table, draw_customers
from devstack.generator.dirt import LABEL
from devstack.generator.events import customer_events_table, user_sessions_table
from devstack.generator.files import File
from devstack.generator.inventory import inventory_table
from devstack.generator.ledger import transactions_table
from devstack.generator.orders import draw_orders
from devstack.generator.payments import COLUMNS as PAYMENT_COLUMNS
from devstack.generator.payments import change_files
from devstack.generator.pipeline import draw_opportunities, opportunity_table
from devstack.generator.price_list import HEADER, price_list_files
from devstack.generator.products import draw_products, products_table
from devstack.generator.returns import returns_files
from devstack.generator.sales import order_items_table, orders_table
from devstack.generator.shipments import shipment_files
from devstack.generator.timeline import DAYS, Timeline
from devstack.generator.topics import Log, topic_logs
from devstack.generator.users import draw_users, subscriptions_table, users_table
from devstack.generator.web import draw_visits

FILES = "vendor_files"
_FILE_COLUMNS = {
    "price_list": HEADER,
    "shipments": (
        "shipment_id", "vendor_id", "sku", "warehouse_id", "quantity", "shipped_at", "expected_at", "received_at",
    ),
    "returns": ("return_id", "order_id", "sku", "quantity", "reason", "returned_at"),
}  # fmt: skip


@dataclass(frozen=True)
class Demo:
    """What the sources serve, and why each dirty row is dirty."""

    line: Timeline
    tables: Mapping[tuple[str, str], pa.Table]
    """(source, table) -> its columns and `_dirt`, null for a clean row. Tables that are read from files are text, as
    one reads it, with `_file`; a file that can't be read is one row without values."""
    delivered: tuple[File, ...]
    """Vendors' files, the earliest first."""
    changes: tuple[File, ...]
    """DMS's files, in the order of their changes."""
    logs: Mapping[str, Log]
    """Kafka's topics."""

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The same by key."""
        return {file.key: file.data for file in self.delivered}


def generate(seed: int, scale: float, first: date, as_of: date, days: int = DAYS) -> Demo:
    """The sources on the evening of `as_of`, for a demo that was first filled on `first` with `days` of history.

    The same arguments give the same bytes. Raises ValueError for arguments that make no demo.
    """
    line = Timeline(seed, scale, first, as_of, days)
    customers, products = draw_customers(line), draw_products(line)
    orders = draw_orders(line, customers, products)
    users, accounts = draw_users(line, customers), draw_accounts(line, customers)
    visits, events = draw_visits(line, customers, products, orders)
    opportunities = draw_opportunities(line, accounts)
    tables = {
        ("snowflake", "customers"): customers_table(line, customers),
        ("snowflake", "orders"): orders_table(line, orders, customers),
        ("snowflake", "order_items"): order_items_table(line, orders),
        ("snowflake", "products"): products_table(line, products),
        ("snowflake", "financial_transactions"): transactions_table(line, orders, customers),
        ("redshift", "customer_events"): customer_events_table(line, visits, events, orders, customers),
        ("salesforce", "Account"): account_table(line, accounts),
        ("salesforce", "Contact"): contact_table(line, accounts),
        ("salesforce", "Opportunity"): opportunity_table(line, opportunities, accounts),
        ("postgres", "users"): users_table(line, users),
        ("postgres", "subscriptions"): subscriptions_table(line, users),
        ("postgres", "product_inventory"): inventory_table(line, products, orders),
        ("postgres", "user_sessions"): user_sessions_table(line, visits, users, len(customers["created"])),
    }
    changes = tuple(change_files(line, orders, customers))
    tables["cdc", "payments"] = _table(changes, ("Op", *PAYMENT_COLUMNS))
    files = vendor_files(line)
    for table in _FILE_COLUMNS:
        ours = [file for file in files if file.key.startswith(f"{table}/")]
        tables[FILES, table] = _table(ours, _FILE_COLUMNS[table])
    logs = topic_logs(line, visits, events, users, orders)
    tables |= {("kafka", topic): log.rows for topic, log in logs.items()}
    return Demo(line, tables, files, changes, logs)


def dms_files(line: Timeline) -> tuple[File, ...]:
    """Every file that DMS wrote, as far as it has arrived."""
    customers, products = draw_customers(line), draw_products(line)
    return tuple(change_files(line, draw_orders(line, customers, products), customers))


def logs(line: Timeline) -> dict[str, Log]:
    """Kafka's topics alone."""
    customers, products = draw_customers(line), draw_products(line)
    orders = draw_orders(line, customers, products)
    visits, events = draw_visits(line, customers, products, orders)
    return topic_logs(line, visits, events, draw_users(line, customers), orders)


def vendor_files(line: Timeline) -> tuple[File, ...]:
    """Every file that vendors delivered, the earliest first."""
    customers, products = draw_customers(line), draw_products(line)
    orders = draw_orders(line, customers, products)
    files = [
        *price_list_files(line, products),
        *shipment_files(line, products, orders),
        *returns_files(line, orders),
    ]
    return tuple(sorted(files, key=lambda file: (file.delivered, file.key)))


def _table(files: Sequence[File], names: Sequence[str]) -> pa.Table:
    rows = [(file.key, row, dirt) for file in files for row, dirt in zip(file.rows, file.dirt, strict=True)]
    columns = {name: [None if row.get(name) is None else str(row[name]) for _, row, _ in rows] for name in names}
    columns |= {"_file": [key for key, _, _ in rows], LABEL: [dirt for _, _, dirt in rows]}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
