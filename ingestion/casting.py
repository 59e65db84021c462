"""The types there are, and JSON as text that can be cast to them exactly (`ingestion/exact.py`)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import simplejson as json  # the standard library reads 0.1 as a float

INSTANT = pa.timestamp("us", "UTC")
BATCH_ROWS = 100_000
SIMPLE_TYPES = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int64(),
    "double": pa.float64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": INSTANT,
    "binary": pa.binary(),
}
_DECIMAL = re.compile(r"decimal\(([1-9][0-9]?),([0-9]{1,2})\)")
_SPARK = {arrow: spark for spark, arrow in SIMPLE_TYPES.items() if spark not in ("int", "float")}


def arrow_type(spark: str) -> pa.DataType:
    """The Arrow type of a Spark type such as `decimal(18,2)`; raises ValueError for one that bronze never holds."""
    text = spark.replace(" ", "").lower()
    if (sizes := _DECIMAL.fullmatch(text)) and int(sizes[2]) <= int(sizes[1]) <= 38:
        return pa.decimal128(int(sizes[1]), int(sizes[2]))
    if text not in SIMPLE_TYPES:
        raise ValueError(f"type {spark!r} is not one of {', '.join(SIMPLE_TYPES)}, decimal(p,s) with s <= p <= 38")
    return SIMPLE_TYPES[text]


def to_spark(of: pa.DataType) -> str:
    """The Spark name of a bronze type, for messages and catalogues (Hive's are the same)."""
    if pa.types.is_decimal(of):
        return f"decimal({of.precision},{of.scale})"
    return _SPARK.get(of, str(of))


class DuplicateMember(ValueError):
    """A JSON object names a member twice, so that nobody can say which of its values counts."""


def from_json(text: str | bytes) -> Any:
    """JSON with exact numbers: whole ones are int, others Decimal. Raises ValueError, DuplicateMember among them."""
    return json.loads(text, use_decimal=True, object_pairs_hook=_members)


def _members(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if name in dict(pairs[:place]))
        raise DuplicateMember(f"the member {twice!r:.200} is there more than once in one object")
    return members


def as_text(value: Any) -> str | None:
    """A JSON value as text: numbers with their digits (see `from_json`), nested values as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)


def text_table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> pa.Table:
    """JSON objects as a table of text; a missing member is NULL. `cast` makes types of it."""
    return pa.table({name: _texts([row.get(name) for row in rows]) for name in columns})


def _texts(values: list[Any]) -> pa.Array:
    """Most columns hold nothing but texts, which Arrow takes as they are; it refuses anything else."""
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([as_text(value) for value in values], pa.string())


def batched(table: pa.Table) -> Iterator[pa.Table]:
    """The table in slices of at most BATCH_ROWS rows."""
    for start in range(0, table.num_rows, BATCH_ROWS):
        yield table.slice(start, BATCH_ROWS)
