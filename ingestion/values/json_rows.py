"""Rows as JSON text that keeps every digit and every byte, and back: how bad rows are kept, and tried again.

Decimals and what JSON has no type for are strings, instants ISO 8601, binary base64. Bytes of a text that are no UTF-8
stay as they are, so such a payload is no valid UTF-8 either. The context beside a payload says of which types its
columns were.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.types as kind

from ingestion.spec import Parsed, Rejected, Table
from ingestion.values import far_instants
from ingestion.values.json_values import as_text, from_json
from ingestion.values.types import bronze_type, to_spark


def as_json(columns: Mapping[str, pa.Array], rows: Sequence[int]) -> list[bytes]:
    """These rows of a batch, each as a JSON object."""
    order = pa.array(rows, pa.int64())
    texts = {name: texts_of(values.take(order)) for name, values in columns.items()}
    return [
        json.dumps({name: column[index] for name, column in texts.items()}, ensure_ascii=False).encode(
            errors="surrogateescape"
        )
        for index in range(len(rows))
    ]


def context(types: Mapping[str, pa.DataType], **more: Any) -> str:
    """A quarantined row's context beside its payload: its columns' types, and more where the source needs it."""
    known = {
        name: "float" if kind.is_float32(of) else to_spark(bronze)
        for name, of in types.items()
        if (bronze := bronze_type(of)) is not None
    }
    return json.dumps({"types": known, **more}, ensure_ascii=False)


def parse_row(table: Table, kept: Rejected) -> Parsed | Rejected:
    """A payload that `as_json` wrote, as a row again; for sources whose rejected rows all have such a payload."""
    try:
        values = from_json(kept.payload.decode(errors="surrogateescape"))
        types = json.loads(kept.context)["types"]
    except (ValueError, KeyError, TypeError):
        return kept
    return Parsed(values, types) if isinstance(values, dict) else kept


def column(values: Sequence[Any], spark: str | None) -> pa.Array:
    """A column of `as_json`'s values, as text, binary or float32. Raises ValueError for what is none of them.

    Nothing but NULL, of a type that nobody knows, stays of no type.
    """
    if spark is None and all(value is None for value in values):
        return pa.nulls(len(values))
    texts = [as_text(value) for value in values]
    if spark == "binary":
        return pa.array([text and base64.b64decode(text, validate=True) for text in texts], pa.binary())
    if spark == "float":
        return pa.array([text and float(text) for text in texts], pa.float32())
    raw = [text if text is None else text.encode(errors="surrogateescape") for text in texts]
    return pa.array(raw, pa.binary()).view(pa.string())


def texts_of(column: pa.Array) -> list[Any]:
    """Values as JSON can hold them exactly."""
    of = column.type
    if kind.is_string(of) or kind.is_large_string(of):
        return [
            v if v is None else v.decode(errors="surrogateescape") for v in column.cast(pa.large_binary()).to_pylist()
        ]
    if kind.is_temporal(of):
        return far_instants.texts(column)
    if kind.is_float32(of):  # as a double it would have digits that nobody sent
        return [v and _json(float(v)) for v in column.cast(pa.string()).to_pylist()]
    return [_json(value) for value in column.to_pylist()]


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(name): _json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_json(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
