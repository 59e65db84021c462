"""Vendors' drops, S3 objects (csv.gz, jsonl.gz, Parquet) ──GET──▶ spooled to disk ──▶ typed batches and bad rows.

Keys: none of the business; a row is known by its file (key, ETag, size) and its number in it. There is no cursor: an
object that is not yet known is new, and a changed object is a new version of it, which wins in silver.
Deletes: none; a removed object changes nothing.
Types: csv is text; JSON takes its types from `columns`, else text; a Parquet column must be of the declared kind.
Alone: `lakehouse ingest vendor_files --table price_list`; SOURCES__VENDOR_FILES__BUCKET_URL may be a local folder.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.protocols.config import resolve
from ingestion.protocols.files.formats import UNPACKED_BYTES
from ingestion.protocols.files.reader import ObjectReader, Untyped, declared
from ingestion.protocols.files.rows import parse_again, row_ids, version
from ingestion.protocols.files.store import Stored, open_store
from ingestion.source import Reader, Source
from ingestion.spec import Rejected, Table

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
    unpacked_limit_bytes: int = UNPACKED_BYTES
    """The limit of an unpacked gzip file: beyond it, the file goes to quarantine (rule `unpacked_too_large`)"""


class FilesReader(ObjectReader):
    """Reads new objects of the drop."""

    def typed(self, table: Table, stored: Stored, untyped: Untyped) -> Iterator[pa.Table | Rejected]:
        """Rows with the declared types and their place; a file with types of its own must have the declared kinds."""
        rows, rejected = declared(table, stored, untyped, same_kind=untyped.texts is None)
        yield from rejected
        yield _placed(rows, stored)


def _placed(rows: pa.Table, stored: Stored) -> pa.Table:
    """Return each row's place: the same whenever this version of the object is read."""
    numbers = rows.column("_file_row")
    rows = rows.append_column("_row_id", row_ids(stored.partition_id, numbers))
    return rows.append_column("_version", pc.add(numbers, version(stored.modified, 0)))


@contextmanager
def connect() -> Iterator[Reader]:
    """The store of the settings; raises SourceUnavailable where it can't be listed."""
    settings = resolve(VendorFilesSettings, "vendor_files")
    store = open_store("vendor_files", settings.bucket_url)
    yield FilesReader("vendor_files", store, settings.unpacked_limit_bytes)


SOURCE = Source("vendor_files", TABLES, connect, VendorFilesSettings, parse_again)
