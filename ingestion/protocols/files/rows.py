"""The places of a file's rows, and rejected rows parsed once more from what quarantine stores of them.

A row is known by its object (key, ETag, size) and its number in it. The context beside a kept payload has both, the
header of a csv file, and of a typed file the types; what was rejected as a whole file has no row and is read again
only with the file (`lakehouse backfill`).
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.protocols.files.formats import Bad, one_by_one, parser
from ingestion.protocols.files.store import Stored
from ingestion.spec import Parsed, Rejected, Table
from ingestion.values import json_rows
from ingestion.values.cast import of_one_kind
from ingestion.values.naming import rename_members
from ingestion.values.types import arrow_type

ROWS_OF_A_FILE = 1_000_000_000
TYPES = {"_file": "string", "_file_row": "bigint", "_row_id": "string", "_version": "bigint"}


def row_id(partition_id: str, number: int) -> str:
    """The same whenever this version of the object is read."""
    return f"{_digest(partition_id)}/{number}"


def row_ids(partition_id: str, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same of many numbers at once."""
    return pc.binary_join_element_wise(_digest(partition_id), numbers.cast(pa.string()), "/")


def _digest(partition_id: str) -> str:
    return hashlib.md5(partition_id.encode(), usedforsecurity=False).hexdigest()


def version(modified: int, number: int) -> int:
    """Orders rows by the time that their object was written (seconds since 1970), and by their number."""
    return modified * ROWS_OF_A_FILE + number


def context(stored: Stored, number: int | None, header: Sequence[str] = ()) -> str:
    """Return what `parse_again` needs of a text file's row."""
    return json.dumps({**_place(stored, number), "header": list(header)})


def typed_context(stored: Stored, number: int, types: Mapping[str, pa.DataType]) -> str:
    """Return what `parse_again` needs of a typed file's row, whose payload is JSON."""
    return json_rows.context(types, **_place(stored, number))


def _place(stored: Stored, number: int | None) -> dict[str, Any]:
    return {"unit": stored.partition_id, "modified": stored.modified, "row": number}


@dataclass(frozen=True)
class Again:
    """A kept row that is one after all, and where it stands."""

    stored: Stored
    number: int
    values: Mapping[str, Any]
    types: Mapping[str, str] | None
    """Column -> Spark type; None of a text format."""


def parse_again(table: Table, rejected: Rejected) -> Parsed | Rejected:
    """A kept row by its file's parser of today, at its old place."""
    row = row_again(table, rejected)
    if isinstance(row, Rejected):
        return row
    stored, number = row.stored, row.number
    own = {"_file": stored.key, "_file_row": number, "_row_id": row_id(stored.partition_id, number)}
    values = {**dict.fromkeys(table.columns), **row.values, **own, "_version": version(stored.modified, number)}
    return Parsed(values, {**(row.types or {}), **TYPES})


def row_again(table: Table, rejected: Rejected) -> Again | Rejected:
    """A kept row by its file's parser of today, with the columns that its file has."""
    place = json.loads(rejected.context) if rejected.context else {}
    number = place.get("row")
    if number is None:
        return rejected
    key, etag, size = place["unit"].rsplit("#", 2)
    is_typed = "types" in place
    found = _typed(table, rejected) if is_typed else _parsed(table, rejected, key, place["header"])
    if isinstance(found, Rejected):
        return found
    stored = Stored(key, etag, int(size), place["modified"])
    return Again(stored, number, found.values, found.types if is_typed else None)


def _typed(table: Table, rejected: Rejected) -> Parsed | Rejected:
    """A row of a file that has types: still bad where a value is of another kind than its column."""
    row = json_rows.parse_row(table, rejected)
    if isinstance(row, Rejected):
        return row
    for name, spark in table.columns.items():
        came = row.types.get(name, spark)
        if row.values.get(name) is not None and not of_one_kind(arrow_type(came), arrow_type(spark)):
            return replace(rejected, rule="wrong_type", message=f"column {name}: a {came} is not a {spark}")
    return row


def _parsed(table: Table, rejected: Rejected, key: str, header: Sequence[str]) -> Parsed | Rejected:
    known = parser(key)
    if known is None:
        return rejected
    end = b"" if rejected.rule == "torn_line" else b"\n"  # the payload has none, but only a torn line lacked it
    file = io.BytesIO(_first_line(header) + rejected.payload + end)
    found = [one for part in known[0](file, table) for one in one_by_one(part)]
    if len(found) != 1:
        return rejected
    one = found[0]
    if isinstance(one, Bad):
        return replace(rejected, rule=one.rule, message=one.message)
    return Parsed(rename_members(one.values, table.columns))


def _first_line(header: Sequence[str]) -> bytes:
    """A csv header; nothing for formats without one."""
    text = io.StringIO()
    if header:
        csv.writer(text, lineterminator="\n").writerow(header)
    return text.getvalue().encode("utf-8", errors="surrogateescape")
