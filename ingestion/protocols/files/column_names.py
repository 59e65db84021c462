"""Names that an object's columns can't have: bronze's own ones, or one name for two columns."""

from collections.abc import Iterable

import pyarrow as pa

from ingestion.columns import OF_CHANGES, OF_FILES, OURS, POSITION
from ingestion.spec import Table
from ingestion.values.naming import name_clash, reserved, snake

Fault = tuple[str, str]
"""Rule and message."""


def names_fault(names: tuple[str, ...], table: Table, declared: Iterable[str] = ()) -> Fault | None:
    """Return why an object with these columns, or members, can't be loaded. Excluded ones are never loaded anyway.

    `declared` columns that are spelled otherwise here collide: for formats whose columns are found by their names.
    """
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        return "colliding_names", f"more than one column is called {', '.join(map(repr, twice)):.200}"
    excluded = {snake(name) for name in table.exclude}
    loaded = tuple(name for name in names if snake(name) not in excluded)
    if taken := reserved(loaded, own(table)):
        return "reserved_name", f"bronze adds columns of these names itself: {', '.join(map(repr, taken)):.200}"
    others = tuple(name for name in declared if name not in loaded and snake(name) not in excluded)
    if same := name_clash((*loaded, *others)):
        return "colliding_names", f"{same:.500}"
    return None


def own(table: Table) -> set[str]:
    """Bronze's own columns in a table of objects."""
    return {*OURS, *POSITION, *OF_FILES, *(OF_CHANGES if table.kind == "changes" else ())}


def without_own(rows: pa.Table, table: Table) -> pa.Table:
    """Without the excluded columns that have bronze's own names: those are added to the rows later."""
    if not table.exclude:
        return rows
    taken = set(reserved(rows.column_names, own(table)))
    return rows.select([index for index, name in enumerate(rows.column_names) if name not in taken])
