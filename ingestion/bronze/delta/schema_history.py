"""The history of a table's columns, in the table's own schema.

Each column's metadata holds its changes, and the Delta log's metadata action, which holds the schema, is in every
checkpoint: so the history outlives the clean-up of the log. A commit that changes the schema changes it too.

added     a column that the table didn't have
dropped   the source no longer has it; it is NULL from then on
returned  the source has it again
retyped   the source has it in another type; the table keeps its own, and values that it can't hold go to quarantine
A renamed column is one dropped and one added. Only sources that declare their columns (kind `window`) can drop or
retype one: what a file or a message lacks says nothing of the next.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import pyarrow as pa
from deltalake import DeltaTable, Field

from ingestion.columns import ADDED, IS_DELETED
from ingestion.values.types import to_spark

OURS = {*ADDED, IS_DELETED}
KEY = "lakehouse.history"
"""In a column's metadata: a JSON list of changes, oldest first."""


@dataclass(frozen=True)
class Change:
    """A change of a column in one load."""

    at: str
    """The load's instant, ISO 8601."""
    change: Literal["added", "dropped", "returned", "retyped"]
    type: str
    """Spark type that the source has, as bronze understands it."""
    load_id: str


def first(at: str, of: pa.DataType, load_id: str) -> dict[str, str]:
    """The metadata of a new column."""
    return spelled([Change(at, "added", to_spark(of), load_id)])


def spelled(changes: Iterable[Change]) -> dict[str, str]:
    """As a column's metadata."""
    return {KEY: json.dumps([asdict(change) for change in changes])}


def changes(field: Field) -> list[Change]:
    """Of one column; none where it is older than this record."""
    return [Change(**change) for change in json.loads(field.metadata.get(KEY, "[]"))]


def told(table: DeltaTable) -> list[tuple[str, Change]]:
    """All changes of a table's source columns, oldest first."""
    found = [(field.name, one) for field in table.schema().fields if field.name not in OURS for one in changes(field)]
    return sorted(found, key=lambda named: named[1].at)


def changed(
    fields: Iterable[Field], seen: Mapping[str, pa.DataType | None], at: str, load_id: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """The columns for which a load is news, with their metadata from now on.

    `seen` is what the source had, bronze name -> type, None where nobody knows; with nothing seen nothing is news.
    """
    for field in fields if seen else ():
        before = changes(field)
        if field.name in OURS or not before:
            continue
        was_gone = before[-1].change == "dropped"
        was = before[-1].type
        of = seen.get(field.name)
        now = was if of is None else to_spark(of)
        if field.name not in seen:
            news: list[Change] = [] if was_gone else [Change(at, "dropped", was, load_id)]
        else:
            news = [Change(at, "returned", now, load_id)] if was_gone else []
            news += [] if was_gone or now == was else [Change(at, "retyped", now, load_id)]
        if news:
            yield field.name, spelled([*before, *news])


def note(metadata: Mapping[str, str]) -> str | None:
    """Return the catalogue's comment for a column that is not as it was; None for one that is."""
    last = (json.loads(metadata.get(KEY, "[]")) or [{}])[-1]
    day = str(last.get("at", ""))[:10]
    texts = {"dropped": f"Not in the source since {day}", "retyped": f"{last.get('type')} in the source since {day}"}
    return texts.get(str(last.get("change")))
