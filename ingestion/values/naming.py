"""Spelling: what a source's names are called in bronze, and names that would be called the same.

Objects bring their members' names themselves (JSON), so two spellings of one column are a matter of rows: an object
that has both is no row, and objects that have one each are rows of the same column.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_BEFORE_A_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_A_WORD = re.compile(r"[^a-z0-9_]")


@lru_cache(maxsize=10_000)
def snake(name: str) -> str:
    """Lower snake case: `SystemModstamp` -> `system_modstamp`, `Customer_Id__c` -> `customer_id__c`.

    What needs backticks in SQL (spaces, accents, a leading digit) becomes an underscore.
    """
    words = _NOT_A_WORD.sub("_", _BEFORE_A_CAPITAL.sub("_", name).lower())
    return f"_{words}" if words[:1].isdigit() or not words else words


def table_name(source: str, table: str) -> str:
    """`<source>__<table>`: the name in bronze, and of the dlt pipeline."""
    return f"{source}__{snake(table)}"


def quarantine_name(name: str) -> str:
    """The table beside it that holds the rows it can't."""
    return f"{name}__quarantine"


@lru_cache(maxsize=10_000)
def name_clash(members: tuple[str, ...]) -> str:
    """Return the members of an object that are one column, in words; empty where there are none."""
    same = [names for names in _by_column(members).values() if len(names) > 1]
    return "; ".join(f"{', '.join(map(repr, names))} are all called {snake(names[0])} in bronze" for names in same)


def reserved(names: Iterable[str], own: Iterable[str]) -> list[str]:
    """The names that bronze would give its own columns' names."""
    taken = set(own)
    return [name for name in names if snake(name) in taken]


def merge_aliases(rows: pa.Table) -> pa.Table:
    """The same with one column, called as the first, for all spellings; no row has a value in two of them."""
    columns = _by_column(rows.column_names)
    if len(columns) == rows.num_columns:
        return rows
    return pa.table({names[0]: pc.coalesce(*map(rows.column, names)) for names in columns.values()})


def rename_members(values: Mapping[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    """An object's members, no two of one column, called as these columns where they are; missing ones are None."""
    known = {snake(name): name for name in columns}
    return {**dict.fromkeys(known.values()), **{known.get(snake(name), name): one for name, one in values.items()}}


def _by_column(names: Iterable[str]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for name in names:
        found[snake(name)].append(name)
    return found
