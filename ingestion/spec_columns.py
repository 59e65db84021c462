"""Columns that a table's spec names, compared with those that its source declares."""

import difflib
from collections.abc import Collection, Iterator

from ingestion.spec import SourceError, Table
from ingestion.values.naming import snake

ALMOST = 0.8
"""The share of its letters that a misspelt name has in common with the column that it means."""


def check_columns(table: Table, there: Collection[str], place: str) -> None:
    """Raise SourceError where `key`, `columns`, `exclude` or `deletes` names a column that the source doesn't have.

    Names match in any case, and in bronze's spelling. `place` is the table for people.
    """
    for field, names in named(table):
        check_field(field, names, there, place)


def check_field(field: str, names: Collection[str], there: Collection[str], place: str) -> None:
    """Raise SourceError where one field of the spec names a column that isn't there."""
    known = {name.lower() for name in there} | {snake(name) for name in there}
    for name in names:
        if name.lower() not in known and snake(name) not in known:
            any_case = {one.lower(): one for one in there}
            close = difflib.get_close_matches(name.lower(), any_case, 1)
            meant = f"; did you mean {any_case[close[0]]}?" if close else "."
            raise SourceError(
                f"{place} has no column {name!r}, which `{field}` of its table spec names, or no right to read it: "
                f"expected one of {', '.join(there)}{meant} Correct the spec in ingestion/sources/"
            )


def near_misses(excluded: Collection[str], there: Collection[str]) -> dict[str, str]:
    """Excluded column that isn't there -> a column that is called almost so, both in bronze's spelling.

    For sources that declare no columns, where an object may lack one.
    """
    near = {name: difflib.get_close_matches(name, there, 1, ALMOST) for name in excluded if name not in there}
    return {name: found[0] for name, found in near.items() if found and found[0] not in excluded}


def named(table: Table) -> Iterator[tuple[str, Collection[str]]]:
    """Field of the spec -> the columns that it names; the cursor is checked where its type is."""
    yield "key", table.key
    yield "columns", table.columns
    yield "exclude", table.exclude
    kind, _, column = table.deletes.partition(":")
    if kind in ("flag", "deleted_at"):
        yield "deletes", (column or kind,)
