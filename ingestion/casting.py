"""Values to declared types, exactly or not at all.

A value that its column's type can't hold makes its row a `Rejected`, never a rounded or emptied value.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import simplejson as json  # the standard library reads 0.1 as a float

from ingestion.spec import Rejected

INSTANT = pa.timestamp("us", "UTC")
BATCH_ROWS = 100_000
SIMPLE_TYPES = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": INSTANT,
    "binary": pa.binary(),
}
EARLIEST_US, LATEST_US = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The years 1 to 9999, beyond which Spark and Python can't follow."""


def arrow_type(spark: str) -> pa.DataType:
    """The Arrow type of a Spark type such as `decimal(18,2)`; raises ValueError for one that bronze never holds."""
    text = spark.replace(" ", "").lower()
    if text.startswith("decimal(") and text.endswith(")"):
        precision, scale = text[len("decimal(") : -1].split(",")
        return pa.decimal128(int(precision), int(scale))
    if text not in SIMPLE_TYPES:
        raise ValueError(f"type {spark!r} is not one of {', '.join(SIMPLE_TYPES)}, decimal(p,s)")
    return SIMPLE_TYPES[text]


def wide_type(arrow: pa.DataType) -> pa.DataType:
    """The type that bronze gives a column nobody declared: the widest of its kind, text for what has none."""
    kinds = {
        pa.int64(): pa.types.is_integer,
        pa.float64(): pa.types.is_floating,
        arrow: pa.types.is_decimal128,
        pa.bool_(): pa.types.is_boolean,
        pa.date32(): pa.types.is_date,
        INSTANT: pa.types.is_timestamp,
        pa.binary(): lambda one: pa.types.is_binary(one) or pa.types.is_large_binary(one),
    }
    return next((wide for wide, is_one in kinds.items() if is_one(arrow)), pa.string())


def from_json(text: str | bytes) -> Any:
    """JSON with exact numbers: whole ones are int, others Decimal. Raises ValueError."""
    return json.loads(text, use_decimal=True)


def as_text(value: Any) -> str | None:
    """A JSON value as text: numbers with their digits (see `from_json`), nested values as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)


def text_table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> pa.Table:
    """JSON objects as a table of text; a missing member is NULL. `cast` makes types of it."""
    return pa.table({name: pa.array([as_text(row.get(name)) for row in rows], pa.string()) for name in columns})


def cast(
    table: pa.Table,
    schema: pa.Schema,
    position: Callable[[int], str],
    payload: Callable[[int], bytes] | None = None,
    *,
    same_kind: bool = False,
) -> tuple[pa.Table, list[Rejected]]:
    """The table with the types of `schema`, and the rows with a value that does not fit (rule `wrong_type`).

    Columns are matched by name. `position` and `payload` tell of a row (from 0) where it stands and what it was, as
    JSON if not given. `same_kind` refuses to read a number from a text: for sources that have types of their own.
    """
    columns = [_storage(table.column(field.name)) for field in schema]
    bad: dict[int, str] = {}
    for field, column in zip(schema, columns, strict=True):
        for row in _misfits(column, field.type, same_kind):
            bad.setdefault(row, f"column {field.name}: {_printable(column[row])!r:.200} is not a {field.type}")
    rejected = [
        Rejected(
            payload=payload(row) if payload else _as_json(columns, schema.names, row),
            rule="wrong_type",
            message=bad[row],
            position=position(row),
        )
        for row in sorted(bad)
    ]
    if bad:
        keep = pa.array([row not in bad for row in range(table.num_rows)])
        columns = [column.filter(keep) for column in columns]
    arrays = [column.cast(field.type) for field, column in zip(schema, columns, strict=True)]
    return pa.table(arrays, schema=schema), rejected


def batched(table: pa.Table) -> Iterator[pa.Table]:
    """The table in slices of at most BATCH_ROWS rows."""
    for start in range(0, table.num_rows, BATCH_ROWS):
        yield table.slice(start, BATCH_ROWS)


def _storage(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Drivers wrap what Arrow has no type for (PostgreSQL's numeric) in an extension type over text."""
    if not isinstance(column.type, pa.BaseExtensionType):
        return column
    return pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)


def _misfits(column: pa.ChunkedArray, target: pa.DataType, same_kind: bool) -> list[int]:
    """Rows whose value can't be cast exactly, found by halving: a clean batch costs one cast."""
    if _fits(column, target, same_kind):
        return []
    if len(column) == 1:
        return [0]
    middle = len(column) // 2
    behind = _misfits(column[middle:], target, same_kind)
    return _misfits(column[:middle], target, same_kind) + [middle + row for row in behind]


def _fits(column: pa.ChunkedArray, target: pa.DataType, same_kind: bool) -> bool:
    if column.null_count == len(column):
        return True
    if same_kind and _kind(column.type) != _kind(target):
        return False
    try:
        held = column.cast(target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    if pa.types.is_floating(column.type) and pa.types.is_decimal(target):
        return bool(pc.all(pc.equal(held.cast(column.type), column)).as_py())
    if pa.types.is_temporal(target):
        return not pa.types.is_integer(column.type) and _in_calendar(held)
    return True


def _kind(data_type: pa.DataType) -> str:
    kinds = {"number": _is_number, "time": pa.types.is_temporal, "text": _is_text}
    return next((kind for kind, is_one in kinds.items() if is_one(data_type)), str(data_type))


def _is_number(data_type: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_integer(data_type) or types.is_floating(data_type) or types.is_decimal(data_type))


def _is_text(data_type: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(data_type) or types.is_large_string(data_type) or types.is_string_view(data_type))


def _in_calendar(column: pa.ChunkedArray) -> bool:
    """Infinity in PostgreSQL reaches us as an instant or a day beyond every calendar."""
    if pa.types.is_date(column.type):
        days = pc.min_max(column.cast(pa.int32()))
        low, high, unit = days["min"].as_py(), days["max"].as_py(), 86_400_000_000
    else:
        instants = pc.min_max(column.cast(pa.int64()))
        low, high, unit = instants["min"].as_py(), instants["max"].as_py(), 1
    return low is None or (low * unit >= EARLIEST_US and high * unit <= LATEST_US)


def _as_json(columns: list[pa.ChunkedArray], names: list[str], row: int) -> bytes:
    values = {name: _printable(column[row]) for name, column in zip(names, columns, strict=True)}
    return str(as_text(values)).encode()


def _printable(value: pa.Scalar) -> str | None:
    if not value.is_valid:
        return None
    try:
        return str(value)
    except (OverflowError, ValueError):  # beyond the calendar
        return str(value.value)
