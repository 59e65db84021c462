"""MySQL's changes, as AWS DMS writes them to S3 (Parquet or CSV) ──GET──▶ typed batches and bad rows.

    <schema>/<table>/LOAD00000001.parquet          the full load: rows as they were when the task began
    <schema>/<table>/20261015-101500123.parquet    changes, named after the instant DMS wrote them, in commit order

Keys: the source's. A change is known by its file's name and its number in the file, and that is the order of changes:
commit timestamps tie, and are kept for people only (`_commit_ts`). A file that arrives late takes the place its name
says; one that arrives again, under its name or as `20261015-101500123-copy.parquet`, is the same file. A row of a full
load stands where the instant of its transfer says, so a table that is loaded anew wins over its older changes.
Deletes: `_op` is D; the row carries the last values.
DMS resumes from a checkpoint and may write changes again, under a new name and up to the newest: then each key passes
through them once more and ends where it belongs.

What the S3 endpoint of the DMS task must say; where a file shows that it doesn't, the load stops and names the setting:
    IncludeOpForFullLoad=true     full loads have the column Op too
    TimestampColumnName=dms_ts    (`timestamp_column` of our settings) instants of transfer and of commit
    AddColumnName=true            CSV has a header
    CdcInsertsOnly=false, CdcInsertsAndUpdates=false    updates and deletes are written
    PreserveTransactions=false    (the default) each table has files of its own, in commit order
    UseTaskStartTimeForFullLoadTimestamp=false    (the default) a full load's instants are those of its transfer
DatePartitionEnabled, CompressionType and DataFormat are free, CSV's delimiters are the default ones. CsvNullValue is
`csv_null` here, NULL by default in both.
The source needs full row images (MySQL: binlog_row_image=FULL), or an update has NULL where nothing changed. Of a key
that an update changes DMS tells the new value only: the old one stays as it was.
Alone: `lakehouse ingest cdc --table payments`; SOURCES__CDC__BUCKET_URL may be a local folder.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import pyarrow as pa

from ingestion.protocols.config import resolve
from ingestion.protocols.dms.changes import OP, Endpoint, changes_of, parse_again, with_endpoint
from ingestion.protocols.dms.filenames import change_file
from ingestion.protocols.files.formats import UNPACKED_BYTES, header, whole
from ingestion.protocols.files.reader import ObjectReader, Untyped, rejected
from ingestion.protocols.files.store import Store, Stored, fetched, open_store
from ingestion.source import Reader, Source
from ingestion.spec import Rejected, SourceError, Table


def changes(name: str, path: str, *key: str, **columns: str) -> Table:
    """A table's change files, in whatever folders below its own."""
    return Table(name, key=key, kind="changes", deletes="op", path=path, columns=columns)


TABLES = (
    changes(
        "payments",
        "shop/payments/**",
        "payment_id",
        **dict.fromkeys(("payment_id", "order_id", "customer_id", "method", "status", "currency"), "string"),
        amount="decimal(18,2)",
        paid_at="timestamp",
        updated_at="timestamp",
    ),
)


@dataclass(frozen=True)
class CdcSettings:
    """Section `sources.cdc`. S3's own settings are AWS's variables (AWS_ENDPOINT_URL, AWS_REGION …)."""

    bucket_url: str
    """s3://bucket, s3://bucket/<BucketFolder>, file:///folder, or a folder"""
    timestamp_column: str = "dms_ts"
    """TimestampColumnName of the endpoint."""
    csv_null: str = "NULL"
    """CsvNullValue of the endpoint: what NULL is in CSV."""
    unpacked_limit_bytes: int = UNPACKED_BYTES
    """The limit of an unpacked gzip file: beyond it, the file goes to quarantine (rule `unpacked_too_large`)."""


class ChangesReader(ObjectReader):
    """Reads new change files."""

    def __init__(self, store: Store, settings: CdcSettings) -> None:
        super().__init__("cdc", store, settings.unpacked_limit_bytes)
        self._endpoint = Endpoint(settings.timestamp_column, settings.csv_null)

    def objects(self, table: Table) -> Sequence[Stored]:
        """Full loads first, then changes in their order, of several copies of a file one; other objects last."""
        listed = {self.partition_id(one): one for one in super().objects(table)}
        files = sorted(filter(None, map(change_file, listed.values())), key=lambda file: file.place)
        return [*(file.stored for file in files), *(one for one in listed.values() if not change_file(one))]

    def partition_id(self, stored: Stored) -> str:
        """The same for the copies of a file."""
        file = change_file(stored)
        return file.partition_id if file else stored.partition_id

    def _read(self, table: Table, stored: Stored) -> Iterator[pa.Table | Rejected]:
        if change_file(stored):
            yield from (with_endpoint(part, self._endpoint) for part in super()._read(table, stored))
        else:
            expected = "expected LOAD00000001 or 20261015-101500123, then .csv or .parquet, with or without .gz"
            with fetched(self.store, stored) as file:
                yield rejected(whole(file, "unknown_name", f"no name that DMS gives a file: {expected}"), stored)

    def check(self, table: Table, stored: Stored, content: IO[bytes]) -> None:
        """Raise SourceError where the columns show that DMS is not set up as the module's docstring says."""
        names, stamp = header(content, stored.key), self._endpoint.timestamp_column
        missing = [name for name in (OP, stamp, *table.key) if name not in names]
        if names and missing:
            raise SourceError(
                f"cdc.{table.name}: {stored.key} has no column {', '.join(missing)}; set "
                f"{_setting(table, stamp, names)} on the S3 endpoint of the DMS task and have it write the file anew"
            )

    def typed(self, table: Table, stored: Stored, untyped: Untyped) -> Iterator[pa.Table | Rejected]:
        """Changes with the declared types, `_op`, `_commit_ts`, `_seq`, and their place."""
        return changes_of(table, stored, untyped, self._endpoint)


def _setting(table: Table, stamp: str, names: Sequence[str]) -> str:
    """Return what the endpoint lacks, from the columns that a file has."""
    if not set(names) & {OP, stamp, *table.columns}:
        return "AddColumnName=true"
    if OP not in names:
        return "IncludeOpForFullLoad=true, CdcInsertsOnly=false, CdcInsertsAndUpdates=false"
    return f"TimestampColumnName={stamp}" if stamp not in names else f"a mapping that keeps {', '.join(table.key)}"


@contextmanager
def connect() -> Iterator[Reader]:
    """The store of the settings; raises SourceUnavailable where it can't be listed."""
    settings = resolve(CdcSettings, "cdc")
    yield ChangesReader(open_store("cdc", settings.bucket_url), settings)


SOURCE = Source("cdc", TABLES, connect, CdcSettings, parse_again, rules=("bad_op", "unknown_name"))
