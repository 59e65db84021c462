"""What the volumes are: a table in PostgreSQL, files of a vendor and a topic of Apache Kafka, each made once."""

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from ingestion.sources import vendor_files
from ingestion.spec import Table
from tests.engines.bringing import installed

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

PRICES = replace(vendor_files.SOURCE.table("price_list"), name="bench_prices", path="*.csv.gz")
SHIPMENTS = replace(vendor_files.SOURCE.table("shipments"), name="bench_shipments", path="*.jsonl.gz")
"""As vendors send them."""

EVENTS = Table(
    "bench_events",
    key=("_topic", "_partition", "_offset"),
    kind="offsets",
    deletes="tombstone",
    columns={
        **dict.fromkeys(("event_id", "user_id", "event_type", "page_url", "product_id", "session_id"), "string"),
        **{"quantity": "bigint", "amount": "decimal(18,2)", "timestamp": "timestamp"},
    },
)
"""Messages of about 300 bytes."""
PARTITIONS = 4


def postgres() -> str:
    """The address of the local PostgreSQL."""
    return os.environ["SOURCES__POSTGRES__CREDENTIALS"]


@contextmanager
def filled_postgres(folder: Path, rows: int) -> Iterator[None]:
    """`bench_orders`, made anew, and removed in the end."""
    try:
        with psycopg.connect(postgres()) as connection:
            connection.execute("drop table if exists bench_orders")
            connection.execute(_ORDERS.format(rows=rows))
        yield
    finally:
        with psycopg.connect(postgres()) as connection:
            connection.execute("drop table if exists bench_orders")


@contextmanager
def filled_kafka(folder: Path, rows: int) -> Iterator[None]:
    """A broker of its own that holds `bench_events`: the local one forgets what is beyond 5 MB a partition.

    The environment points at it meanwhile. Raises NotInstalled without Java 17, or Maven the first time.
    """
    from tests.engines.kafka_server import kafka_server

    jars = installed("kafka")
    names = ("SOURCES__KAFKA__BOOTSTRAP_SERVERS", "SOURCES__KAFKA__SECURITY_PROTOCOL")
    before = {name: os.environ.get(name) for name in names}
    with kafka_server(folder, jars) as server:
        server.create(EVENTS.name, PARTITIONS)
        producer = server.producer()
        for n in range(rows):
            producer.produce(EVENTS.name, json.dumps(_event(n)), f"U{n % 50000}", n % PARTITIONS)
            if n % 10_000 == 0:
                producer.flush(60)
        if producer.flush(60):
            raise RuntimeError("the broker did not take all messages within 60 s")
        os.environ.update(zip(names, (server.address("PLAINTEXT"), "PLAINTEXT"), strict=True))
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


@contextmanager
def written_csv(folder: Path, rows: int) -> Iterator[None]:
    """A price list of one file."""
    path = folder / "prices.csv.gz"
    lines = (f"V{n % 40},SKU-{n % 90000:05},{n % 5000 / 100:.2f},USD,{_day(n)}\n" for n in range(rows))
    _write(path, "vendor_id,sku,unit_cost,currency,valid_from\n", lines)
    yield


@contextmanager
def written_jsonl(folder: Path, rows: int) -> Iterator[None]:
    """A file of shipments."""
    lines = (json.dumps(_shipment(n)) + "\n" for n in range(rows))
    _write(folder / "shipments.jsonl.gz", "", lines)
    yield


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


def _event(n: int) -> dict[str, str | int | float]:
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
    ids = {"event_id": f"E{n:036}", "user_id": f"U{n % 50000:08}", "session_id": f"S{n // 20:036}"}
    page = {"event_type": "add_to_cart", "page_url": f"https://shop.example/products/{n % 9000:05}?ref=search"}
    figures: dict[str, str | int | float] = {
        "product_id": f"P{n % 9000:05}",
        "quantity": n % 9,
        "amount": n % 100000 / 100,
    }
    return {**ids, **page, **figures, "timestamp": at.isoformat()}
