"""Instants finer than microseconds in files, change files and messages."""

import io
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from confluent_kafka import Message
from structlog.testing import capture_logs

from ingestion.clock import Clock
from ingestion.protocols.files.reader import ObjectReader
from ingestion.protocols.files.store import Folder
from ingestion.protocols.kafka.messages import Rows
from ingestion.sources.cdc import CdcSettings, ChangesReader
from ingestion.sources.vendor_files import FilesReader
from ingestion.spec import Rejected, Table
from tests.unit.sources.test_kafka_rows import Sent

FINE, COARSE = "2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123456000Z"
DAY_NS = 86_400 * 10**9
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


def int96(*instants: tuple[int, int] | None) -> bytes:
    """Parquet as Spark and Hive may write it, of (day since 1970, nanosecond of the day); the ids count from 0."""
    days = range(1, len(instants) + 1)
    marks = pa.array([None if one is None else day * DAY_NS for day, one in zip(days, instants, strict=True)])
    table = pa.table({"id": list(map(str, range(len(instants)))), "at": marks.cast(pa.timestamp("ns"))})
    plain = {"use_deprecated_int96_timestamps": True, "use_dictionary": False, "compression": "none"}
    pq.write_table(table, file := io.BytesIO(), write_statistics=False, **plain)  # type: ignore[arg-type]
    content = file.getvalue()
    for day, one in zip(days, instants, strict=True):  # Arrow can't write what it can't hold
        content = content.replace(_int96(day, 0), _int96(*one)) if one else content
    return content


def _int96(day: int, ns: int) -> bytes:
    return struct.pack("<qi", ns, day + 2_440_588)


@pytest.mark.parametrize(
    ("instants", "lost"),
    [
        ([(2_932_896, 0), (20_454, 7_000), None, (-719_162, 0), (84_006, 0)], 0),
        ([(20_454, 7_001), (20_454, 7_000), None, (-1, DAY_NS - 1_000)], 1),
        ([(2_932_896, 0), (20_454, 7_001), None, (20_454, 7_002), (-719_162, 0), (20_454, 0)], 2),
        ([], 0),
    ],
    ids=["of every year", "finer ones", "both", "none"],
)
def test_an_instant_of_96_bits_lands_exactly_whatever_year_it_is_of(
    tmp_path: Path, instants: list[tuple[int, int] | None], lost: int
) -> None:
    with capture_logs() as logs:
        reader = FilesReader("vendor_files", Folder("vendor_files", tmp_path))
        parts = list(read(reader, tmp_path, "a.parquet", int96(*instants), STAMPS))
    rows = [row for part in parts if isinstance(part, pa.Table) for row in part.to_pylist()]
    held = [row["at"] and (row["at"] - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for row in rows]
    assert held == [one and (one[0] * DAY_NS + one[1]) // 1000 for one in instants]
    assert [row["_file_row"] for row in rows] == list(range(1, len(instants) + 1))
    assert sum(log["rows"] for log in logs) == lost
