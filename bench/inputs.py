"""What the volumes are: a table in PostgreSQL and files of a vendor, made once for each number of rows."""

import gzip
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from ingestion.spec import Table

ORDERS = Table("bench_orders", key=("order_id",), cursor="updated_at")
"""12 columns of the usual kinds."""
_ORDERS = """
create unlogged table bench_orders as
select n::bigint as order_id, 'C' || n % 200000 as customer_id,
    ((n % 100000) / 100.0)::numeric(18, 2) as total_amount, ((n % 977) / 8.0)::numeric(18, 4) as rate,
    n % 12 as quantity, n % 3 = 0 as is_gift, date '2020-01-01' + n % 2000 as day,
    timestamptz '2020-01-01' + n * interval '1 second' as created_at,
    timestamptz '2020-01-02' + n * interval '1 second' as updated_at,
    (array['pending', 'completed', 'shipped', 'canceled'])[1 + n % 4] as status,
    md5(n::text) as reference, case when n % 5 > 0 then 'note number ' || n end as note
from generate_series(1, {rows}) as series(n)
"""

PRICES = Table(
    "bench_prices",
    key=("_file", "_file_row"),
    kind="files",
    path="*.csv.gz",
    columns=dict.fromkeys(("vendor_id", "sku", "unit_cost", "currency", "valid_from"), "string"),
)
SHIPMENTS = Table(
    "bench_shipments",
    key=("_file", "_file_row"),
    kind="files",
    path="*.jsonl.gz",
    columns={
        **dict.fromkeys(("shipment_id", "vendor_id", "sku", "warehouse_id"), "string"),
        "quantity": "bigint",
        **dict.fromkeys(("shipped_at", "expected_at"), "timestamp"),
    },
)


def postgres() -> str:
    """The address of the local PostgreSQL."""
    return os.environ["SOURCES__POSTGRES__CREDENTIALS"]


def fill_postgres(rows: int) -> None:
    """Make `bench_orders` anew."""
    drop_postgres()
    with psycopg.connect(postgres()) as connection:
        connection.execute(_ORDERS.format(rows=rows))


def drop_postgres() -> None:
    """Remove it."""
    with psycopg.connect(postgres()) as connection:
        connection.execute("drop table if exists bench_orders")


def write_csv(path: Path, rows: int) -> None:
    """A price list of one file."""
    lines = (f"V{n % 40},SKU-{n % 90000:05},{n % 5000 / 100:.2f},USD,{_day(n)}\n" for n in range(rows))
    _write(path, "vendor_id,sku,unit_cost,currency,valid_from\n", lines)


def write_jsonl(path: Path, rows: int) -> None:
    """A file of shipments."""
    lines = (json.dumps(_shipment(n)) + "\n" for n in range(rows))
    _write(path, "", lines)


def _write(path: Path, head: str, lines: Iterator[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", compresslevel=6) as file:
        file.write(head)
        file.writelines(lines)


def _day(n: int) -> str:
    return (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=n % 2000)).date().isoformat()


def _shipment(n: int) -> dict[str, str | int]:
    shipped = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
    ids = {"shipment_id": f"S{n}", "vendor_id": f"V{n % 40}", "sku": f"SKU-{n % 90000:05}", "warehouse_id": f"W{n % 9}"}
    expected = shipped + timedelta(days=3)
    return {**ids, "quantity": n % 50, "shipped_at": shipped.isoformat(), "expected_at": expected.isoformat()}
