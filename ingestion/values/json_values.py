"""JSON values, exactly: numbers keep their digits, and each value has a text that casts to its type without a loss."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import simplejson as json


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
