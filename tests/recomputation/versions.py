"""The versions of records that a build after each load has seen, by the definition of the column `changed_at`."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import pyarrow as pa

Row = dict[str, Any]
BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
ADDED = [pa.field(name, pa.timestamp("us", "UTC")) for name in ("seen_from", "valid_from", "valid_to")]


@dataclass(frozen=True)
class Version:
    """A row, and from when on it counts."""

    row: Row
    begin: datetime


def versions(bronze: pa.Table, key: str) -> pa.Table:
    """The rows of bronze that became a version, with `seen_from` and `valid_to`; a first one's `valid_from` is 1900."""
    by_key: dict[Any, list[Row]] = defaultdict(list)
    for row in bronze.sort_by("_ingest_ts").to_pylist():
        by_key[row[key]].append(row)
    found = [row for rows in by_key.values() for row in _chained(_seen(rows))]
    return pa.Table.from_pylist(found, pa.schema([*bronze.schema, *ADDED]))


def _seen(rows: list[Row]) -> list[Version]:
    """One key's versions, from its rows in the order of loads: each load leaves the latest row of all that came."""
    kept: list[Version] = []
    best: Row | None = None
    for _, load in groupby(rows, itemgetter("_ingest_ts")):
        best = max([*load, *([best] if best else [])], key=itemgetter("_version", "_ingest_ts", "_row_id"))
        if (begin := _begin(best, kept[-1] if kept else None)) is not None:
            kept.append(Version(best, begin))
    return kept


def _begin(row: Row, before: Version | None) -> datetime | None:
    """From when on the row counts; None where it is no other version than the one before."""
    if before and _content(row) == _content(before.row):
        return None
    changed: datetime = row["updated_at"]
    if row.get("is_deleted") or row.get("_is_deleted"):
        return max(changed, row["_ingest_ts"])
    return changed if before is None or changed > before.begin else row["_ingest_ts"]


def _content(row: Row) -> Row:
    """The source's columns: all but where and when bronze received the row."""
    return {name: value for name, value in row.items() if name == "_is_deleted" or not name.startswith("_")}


def _chained(found: list[Version]) -> Iterator[Row]:
    for place, (version, after) in enumerate(pairwise([*found, None])):
        assert version is not None
        begin = BEGINNING if place == 0 else version.begin
        yield version.row | {
            "seen_from": version.begin,
            "valid_from": begin,
            "valid_to": after.begin if after else None,
        }
