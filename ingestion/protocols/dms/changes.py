"""Rows of DMS's files ──▶ changes with their place; and those that were rejected, parsed once more.

Place and order come from the file's name and the row's number alone. So a row that was set aside and is mended later
gets what it would have got at once, and a change that was older stays older.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.protocols.dms.filenames import ChangeFile, change_file
from ingestion.protocols.files.formats import Row
from ingestion.protocols.files.reader import Untyped, declared
from ingestion.protocols.files.rows import Again, row_again
from ingestion.protocols.files.store import Stored
from ingestion.spec import Parsed, Rejected, Table
from ingestion.values import json_rows
from ingestion.values.cast import cast, plain_layout
from ingestion.values.json_values import text_table
from ingestion.values.types import arrow_type

OP = "Op"
OPS = ("I", "U", "D")


@dataclass(frozen=True)
class Endpoint:
    """Settings of DMS's S3 endpoint that its files don't hold."""

    timestamp_column: str
    csv_null: str


def changes_of(table: Table, stored: Stored, untyped: Untyped, endpoint: Endpoint) -> Iterator[pa.Table | Rejected]:
    """Changes with the declared types, `_op`, `_commit_ts`, `_seq`, and their place; none of other files."""
    file = change_file(stored)
    if file is None:
        return
    rows = untyped.rows if untyped.texts is None else _with_nulls(untyped.rows, endpoint.csv_null)
    ours = {OP: "_op", endpoint.timestamp_column: "_commit_ts"}
    untyped = replace(untyped, rows=rows.rename_columns([ours.get(name, name) for name in rows.column_names]))
    known = _known(untyped.rows, file)
    yield from _unknown(untyped.take(pc.invert(known)), stored)
    wanted = replace(table, columns={**table.columns, "_op": "string", "_commit_ts": "timestamp"})
    held, misfits = declared(wanted, stored, untyped.take(known), same_kind=False)
    yield from misfits
    yield _placed(held, file)


def with_endpoint(part: pa.Table | Rejected, endpoint: Endpoint) -> pa.Table | Rejected:
    """The context of what was rejected, which `parse_again` needs too."""
    if isinstance(part, pa.Table) or not part.context:
        return part
    return replace(part, context=json.dumps({**json.loads(part.context), "endpoint": asdict(endpoint)}))


def parse_again(table: Table, rejected: Rejected) -> Parsed | Rejected:
    """A kept row as the change that it is, where it always stood; as it was where it still is none."""
    context = json.loads(rejected.context) if rejected.context else {}
    endpoint = context.get("endpoint")
    # a Parquet file's types are MySQL's, which are cast like text
    row = row_again(replace(table, columns={}) if "types" in context else table, rejected)
    if isinstance(row, Rejected) or endpoint is None:
        return row if isinstance(row, Rejected) else rejected
    untyped = _untyped(table, row, rejected)
    if isinstance(untyped, Rejected):
        return untyped
    for part in changes_of(table, row.stored, untyped, Endpoint(**endpoint)):
        if isinstance(part, Rejected):
            return replace(rejected, rule=part.rule, message=part.message)
        columns = {name: plain_layout(part.column(name)) for name in part.column_names}
        types = {name: values.type for name, values in columns.items()}
        [payload] = json_rows.as_json(columns, [0])
        return json_rows.parse_row(table, replace(rejected, payload=payload, context=json_rows.context(types)))
    return rejected


def _untyped(table: Table, row: Again, rejected: Rejected) -> Untyped | Rejected:
    """One row as its file had it."""
    number = pa.array([row.number], pa.int64())
    if row.types is None:
        text = Row(row.number, rejected.payload, row.values)
        return Untyped(text_table([row.values], row.values), number, lambda _: text)
    types = row.types
    columns: dict[str, Any] = {
        name: json_rows.column([value], types.get(name)) for name, value in row.values.items() if name != "_file_row"
    }
    wanted = {name: arrow_type(spark) for name, spark in types.items()}
    rows, bad = cast(pa.table(columns), wanted, lambda _: rejected.position, spec=table)
    return rejected if bad else Untyped(rows, number, None)


def _with_nulls(rows: pa.Table, null: str) -> pa.Table:
    for index, name in enumerate(rows.column_names):
        column = rows.column(index)
        rows = rows.set_column(index, name, pc.if_else(pc.equal(column, null), None, column))
    return rows


def _known(rows: pa.Table, file: ChangeFile) -> pa.Array:
    """Which rows say what happened and, in a full load, when."""
    known = pc.fill_null(pc.is_in(rows.column("_op").cast(pa.string()), pa.array(OPS)), False)
    known = pc.and_(known, pc.is_valid(rows.column("_commit_ts"))) if file.is_full_load else known
    return known.combine_chunks()


def _unknown(untyped: Untyped, stored: Stored) -> Iterator[Rejected]:
    for index, (number, op) in enumerate(
        zip(untyped.numbers.to_pylist(), untyped.rows.column("_op").to_pylist(), strict=True)
    ):
        message = f"Op is {op!r}, expected I, U or D; and in a full load no row is without its instant"
        place, context = f"{stored.key}:{number}", untyped.context(stored, index)
        yield Rejected(untyped.bytes(index), "bad_op", message, place, context)


def _placed(rows: pa.Table, file: ChangeFile) -> pa.Table:
    """Return each change's place: the same whenever, and as which copy, the file is read."""
    numbers = rows.column("_file_row")
    versions = file.loaded(rows.column("_commit_ts")) if file.is_full_load else file.changed(numbers)
    rows = rows.append_column("_seq", pa.array([file.sequence] * rows.num_rows, pa.int64()))
    rows = rows.append_column("_row_id", pa.array(map(file.row_id, numbers.to_pylist()), pa.string()))
    return rows.append_column("_version", versions)
