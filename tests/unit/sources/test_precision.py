"""Instants finer than microseconds in files, change files and messages."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from confluent_kafka import Message
from structlog.testing import capture_logs

from ingestion.clock import Clock
from ingestion.kafka_rows import Rows
from ingestion.object_reader import ObjectReader
from ingestion.object_store import Folder
from ingestion.sources.cdc import CdcSettings, ChangesReader
from ingestion.sources.vendor_files import FilesReader
from ingestion.spec import Rejected, Table
from tests.unit.sources.test_kafka_rows import Sent

FINE, COARSE = "2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123456000Z"
STAMPS = Table("stamps", key=("id",), kind="files", path="*", columns={"id": "string", "at": "timestamp"})


def parquet(rows: list[dict[str, Any]]) -> bytes:
    table, file = pa.Table.from_pylist(rows), io.BytesIO()
    instants = table.column("at").cast(pa.timestamp("ns", "UTC"))
    pq.write_table(table.set_column(table.column_names.index("at"), "at", instants), file)
    return file.getvalue()


def csv(rows: list[dict[str, Any]]) -> bytes:
    return "".join(",".join(line) + "\n" for line in [rows[0].keys(), *(row.values() for row in rows)]).encode()


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def read(reader: ObjectReader, folder: Path, name: str, content: bytes, table: Table) -> Iterator[pa.Table | Rejected]:
    (folder / name).write_bytes(content)
    return reader.read(table, reader.slices(table, Clock("any")))


def of_files(folder: Path, end: str, rows: list[dict[str, Any]], table: Table) -> Iterator[pa.Table | Rejected]:
    written = {"csv": csv, "jsonl": jsonl, "parquet": parquet}[end](rows)
    return read(FilesReader("vendor_files", Folder("vendor_files", folder)), folder, f"a.{end}", written, table)


def of_changes(folder: Path, end: str, rows: list[dict[str, Any]], table: Table) -> Iterator[pa.Table | Rejected]:
    changes = [{"Op": "I", "dms_ts": "2026-10-01 08:00:00.000000", **row} for row in rows]
    reader = ChangesReader(Folder("cdc", folder), CdcSettings(str(folder)))
    written = {"csv": csv, "parquet": parquet}[end](changes)
    changed = replace(table, kind="changes")
    return read(reader, folder, f"20261001-080000001.{end}", written, changed)


def of_messages(folder: Path, end: str, rows: list[dict[str, Any]], table: Table) -> Iterator[pa.Table | Rejected]:
    return Rows(table).of([cast(Message, Sent(json.dumps(row).encode(), at)) for at, row in enumerate(rows)])


SOURCES: dict[str, tuple[Callable[..., Iterator[pa.Table | Rejected]], str]] = {
    "a csv file": (of_files, "csv"),
    "JSON lines": (of_files, "jsonl"),
    "a Parquet file": (of_files, "parquet"),
    "changes in csv": (of_changes, "csv"),
    "changes in Parquet": (of_changes, "parquet"),
    "messages": (of_messages, ""),
}


@pytest.mark.parametrize(("load", "end"), SOURCES.values(), ids=SOURCES)
def test_a_finer_instant_lands_with_a_warning_or_is_rejected_where_the_spec_says_so(
    tmp_path: Path, load: Callable[..., Iterator[pa.Table | Rejected]], end: str
) -> None:
    rows = [{"id": "coarse", "at": COARSE}, {"id": "fine", "at": FINE}]
    with capture_logs() as logs:
        parts = list(load(tmp_path, end, rows, STAMPS))
    found = [row for part in parts if isinstance(part, pa.Table) for row in part.to_pylist()]
    assert [(row["id"], row["at"].microsecond) for row in found] == [("coarse", 123456), ("fine", 123456)]
    assert [(log["rule"], log["rows"]) for log in logs] == [("lost_precision", 1)]
    assert logs[0]["first"].startswith("2026-01-01T00:00:00.1234567")
    strict = replace(STAMPS, severities={"lost_precision": "quarantine"})
    parts = list(load(tmp_path, end, rows, strict))
    [bad] = [part for part in parts if isinstance(part, Rejected)]
    assert (bad.rule, b"00:00:00.1234567" in bad.payload) == ("lost_precision", True)
    assert [part.num_rows for part in parts if isinstance(part, pa.Table)] == [1]
