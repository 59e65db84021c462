"""Rows that break a rule: which rule, why, where, and the row itself as quarantine stores it."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.spec import Rejected
from ingestion.values import json_rows
from ingestion.values.cursors import FUTURE

ROW, SOURCE, WITHHELD = "row", "source", "withheld"
"""JSON of bronze's columns; as the source sent it; not kept, because of columns that must not be loaded."""

_SHOWN = 100
"""Characters of a bad value that a message shows."""


@dataclass(frozen=True)
class Bad:
    """One row for quarantine."""

    payload: bytes
    rule: str
    message: str
    position: str
    row_id: str
    form: str = SOURCE
    context: str = ""

    @classmethod
    def of(cls, rejected: Rejected, excluded: Sequence[str]) -> "Bad":
        """A row that never became one. Where columns are excluded, its bytes could hold their values: withheld."""
        row_id = _digest(rejected.payload + _place(rejected))
        if excluded:
            message = f"{rejected.message} (payload withheld: {', '.join(excluded)} must not be loaded)"
            return cls(b"", rejected.rule, message, rejected.position, row_id, WITHHELD)
        return cls(
            rejected.payload, rejected.rule, rejected.message, rejected.position, row_id, SOURCE, rejected.context
        )


def _place(rejected: Rejected) -> bytes:
    return f"\0{rejected.rule}\0{rejected.position}".encode()


def _digest(payload: bytes) -> str:
    return hashlib.md5(payload, usedforsecurity=False).hexdigest()


def _row_id(values: Mapping[str, Any], rule: str) -> str:
    """The same for the same row, whatever the order of its columns, and when one is added that it doesn't have.

    Another one beyond the clock: when the clock has passed such a row, it leaves, and may come back under another rule.
    """
    own = {name: value for name, value in sorted(values.items()) if value is not None}
    beyond = f"\0{FUTURE}" if rule == FUTURE else ""
    return _digest(f"{json.dumps(own, ensure_ascii=False)}{beyond}".encode(errors="surrogateescape"))


class Misfits:
    """Which rows of a batch break which rules: the first rule counts, the messages are joined."""

    def __init__(self, columns: Mapping[str, pa.Array], rows: int) -> None:
        self._columns, self._rows = columns, rows
        self._rules: dict[int, str] = {}
        self._messages: dict[int, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    @property
    def rules(self) -> Counter[str]:
        """Rule -> rows that broke it, first of all."""
        return Counter(self._rules.values())

    def add(self, bad: pa.Array, rule: str, message: str, column: str = "") -> None:
        """Mark rows; those that broke another rule before only get the message."""
        for row in pc.indices_nonzero(bad).to_pylist():
            shown = f": {json_rows.texts_of(self._columns[column].slice(row, 1))[0]!r:.{_SHOWN}}" if column else ""
            if self._rules.setdefault(row, rule) == rule:
                self._messages.setdefault(row, []).append(message + shown)

    def good(self) -> pa.Array:
        """The mask of the rows that broke no rule."""
        return pa.array([row not in self._rules for row in range(self._rows)])

    def rows(self, place: Callable[[dict[str, Any]], str]) -> Iterator[Bad]:
        """The rows as JSON text, decimals as strings, instants as ISO 8601; `place` says where one stands."""
        order = sorted(self._rules)
        context = json_rows.context({name: values.type for name, values in self._columns.items()})
        for row, payload in zip(order, json_rows.as_json(self._columns, order), strict=True):
            values = json.loads(payload.decode(errors="surrogateescape"))
            rule, message = self._rules[row], "; ".join(self._messages[row])
            row_id = values.get("_row_id") or _row_id(values, rule)
            yield Bad(payload, rule, message, place(values), row_id, ROW, context)
