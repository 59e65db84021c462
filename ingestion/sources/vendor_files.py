"""Vendors' drops, S3 objects (csv.gz, jsonl.gz, Parquet) ──GET──▶ spooled to disk ──▶ typed batches and bad rows.

Keys: none of the business; a row is known by its file (key, ETag, size) and its number in it. There is no cursor: an
object that is not yet known is new, and a changed object is a new version of it, which wins in silver.
Deletes: none; a removed object changes nothing.
Types: csv is text; JSON takes its types from `columns`, else text; a Parquet column must be of the declared kind.
Alone: `lakehouse ingest vendor_files --table price_list`; SOURCES__VENDOR_FILES__BUCKET_URL may be a local folder.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa

from ingestion.casting import arrow_type, text_table
from ingestion.exact import cast
from ingestion.file_formats import Bad, Row, Rows, in_batches, parse_file
from ingestion.file_rows import context, parse_again, row_id, typed_context, version
from ingestion.object_store import Store, Stored, fetched, open_store
from ingestion.source_settings import resolve
from ingestion.spec import Reader, Rejected, Slice, Source, SourceError, Table

TEXT = "string"

TABLES = (
    Table(
        "price_list",
        key=("_file", "_file_row"),
        kind="files",
        path="price_list/*.csv.gz",
        columns=dict.fromkeys(("vendor_id", "sku", "unit_cost", "currency", "valid_from"), TEXT),
    ),
    Table(
        "shipments",
        key=("_file", "_file_row"),
        kind="files",
        path="shipments/*.jsonl.gz",
        columns={
            **dict.fromkeys(("shipment_id", "vendor_id", "sku", "warehouse_id"), TEXT),
            "quantity": "bigint",
            **dict.fromkeys(("shipped_at", "expected_at", "received_at"), "timestamp"),
        },
    ),
    Table(
        "returns",
        key=("_file", "_file_row"),
        kind="files",
        path="returns/*.parquet",
        columns={
            **dict.fromkeys(("return_id", "order_id", "sku", "reason"), TEXT),
            "quantity": "bigint",
            "returned_at": "timestamp",
        },
    ),
)


@dataclass(frozen=True)
class VendorFilesSettings:
    """Section `sources.vendor_files`. S3's own settings are AWS's variables (AWS_ENDPOINT_URL, AWS_REGION …)."""

    bucket_url: str
    """s3://bucket, s3://bucket/prefix, file:///folder, or a folder"""


class FilesReader:
    """Reads new objects of a store."""

    def __init__(self, source: str, store: Store) -> None:
        self._source = source
        self._store = store

    def slices(self, table: Table, now_us: int) -> Sequence[Slice]:
        """Every object there is, oldest first."""
        return [
            Slice(unit=one.unit, low=None, high=1, bytes=one.size, written=one.modified * 1_000_000)
            for one in self._list(table)
        ]

    def count(self, table: Table, part: Slice) -> int | None:
        """Only reading would tell."""
        return None

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        """The objects' rows, in the order given."""
        listed = {one.unit: one for one in self._list(table)}
        for part in parts:
            if part.unit not in listed:
                raise SourceError(f"{self._source}: {part.unit} changed after it was listed; run again")
            yield from self._read(table, listed[part.unit])

    def _list(self, table: Table) -> list[Stored]:
        if table.path is None:
            raise SourceError(f"{self._source}.{table.name} has no path; expected a glob such as price_list/*.csv.gz")
        return self._store.list(table.path)

    def _read(self, table: Table, stored: Stored) -> Iterator[pa.Table | Rejected]:
        with fetched(self._store, stored) as file:
            for part in in_batches(parse_file(file, stored.key, table)):
                if isinstance(part, Bad):
                    yield _rejected(part, stored)
                elif isinstance(part, Rows):
                    yield from _typed(part.table, range(part.first, part.first + part.table.num_rows), table, stored)
                else:
                    values = [row.values for row in part]
                    names = dict.fromkeys(chain(table.columns, *values))
                    untyped, numbers = text_table(values, names), [row.number for row in part]
                    yield from _typed(untyped, numbers, table, stored, part)


def _rejected(bad: Bad, stored: Stored) -> Rejected:
    position = stored.key if bad.number is None else f"{stored.key}:{bad.number}"
    return Rejected(
        bad.raw, bad.rule, bad.message, position, context(stored, None if bad.is_cut else bad.number, bad.header)
    )


def _typed(
    untyped: pa.Table, numbers: Sequence[int], table: Table, stored: Stored, texts: Sequence[Row] = ()
) -> Iterator[pa.Table | Rejected]:
    """Rows with the declared types and their place; without `texts` the file has types of its own."""
    for name in table.columns:
        if name not in untyped.column_names:
            untyped = untyped.append_column(name, pa.nulls(untyped.num_rows))
    came = dict(zip(untyped.column_names, untyped.schema.types, strict=True))
    rows, rejected = cast(
        untyped.append_column("_file_row", pa.array(numbers, pa.int64())),
        {name: arrow_type(spark) for name, spark in table.columns.items()},
        lambda row: f"{stored.key}:{numbers[row]}",
        (lambda row: texts[row].raw) if texts else None,
        context=lambda row: (
            context(stored, numbers[row], texts[row].header) if texts else typed_context(stored, numbers[row], came)
        ),
        same_kind=not texts,
    )
    yield from rejected
    yield _placed(rows, stored)


def _placed(rows: pa.Table, stored: Stored) -> pa.Table:
    """Where each row stands: the same whenever this version of the object is read."""
    numbers = rows.column("_file_row").to_pylist()
    rows = rows.append_column("_file", pa.array([stored.key] * rows.num_rows, pa.string()))
    rows = rows.append_column("_row_id", pa.array([row_id(stored.unit, number) for number in numbers], pa.string()))
    versions = [version(stored.modified, number) for number in numbers]
    return rows.append_column("_version", pa.array(versions, pa.int64()))


@contextmanager
def connect() -> Iterator[Reader]:
    """The store of the settings; raises SourceUnavailable where it can't be listed."""
    settings = resolve(VendorFilesSettings, "vendor_files")
    yield FilesReader("vendor_files", open_store("vendor_files", settings.bucket_url))


SOURCE = Source("vendor_files", TABLES, connect, VendorFilesSettings, parse_again)
