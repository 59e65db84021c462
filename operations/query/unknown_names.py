"""Names that the lake doesn't have: which, where, the closest one there is, and the command that lists them."""

import difflib
from collections.abc import Collection, Mapping, Sequence

Relation = tuple[str, str]
"""Schema and name; a CTE has no schema."""


def unknown_table(schema: str, name: str, relations: Collection[Relation]) -> str:
    """The message for a table or view that isn't there."""
    schemas = sorted({one for one, _ in relations if one})
    if not schemas:
        return f"{_full(schema, name)}: the lake has no tables; `lakehouse run` builds them"
    closest = _meant(_closest(schema, name, relations))
    if not schema:
        return f"{name} is no table or view: expected <schema>.<table>{closest}{_list('show schemas')}"
    if schema not in schemas:
        return f"the lake has no schema {schema!r}: expected {', '.join(schemas)}{closest}{_list('show schemas')}"
    return f"schema {schema} has no table or view {name!r}{closest}{_list(f'show tables in {schema}')}"


def unknown_column(column: str, tables: Mapping[str, Sequence[str]]) -> str:
    """The message for a column that none of the tables read has; `tables` are their columns by their full names."""
    name = column.split(".")[-1].lower()
    near = {table: difflib.get_close_matches(name, columns, 1) for table, columns in tables.items()}
    owners = [table for table, found in near.items() if found]
    place = owners[0] if len(owners) == 1 else ", ".join(tables)
    closest = near[owners[0]][0] if owners else None
    shown = f"select * from {(owners or [*tables])[0]} limit 1"  # noqa: S608  it is shown, not run
    return f"no column {column!r} in {place}{_meant(closest)}{_list(shown)}"


def _closest(schema: str, name: str, relations: Collection[Relation]) -> str | None:
    """The same name in another schema, else a similar one in this schema, else the most similar of all."""
    names = {_full(*relation): relation for relation in sorted(relations)}
    if same := [full for full, relation in names.items() if relation[1].lower() == name]:
        return same[0]
    here = {relation[1]: full for full, relation in names.items() if relation[0] == schema or not schema}
    if near := difflib.get_close_matches(name, here, 1):
        return here[near[0]]
    return next(iter(difflib.get_close_matches(_full(schema, name), names, 1)), None)


def _full(schema: str, name: str) -> str:
    return f"{schema}.{name}" if schema else name


def _meant(closest: str | None) -> str:
    return f"; did you mean {closest}? " if closest else "; "


def _list(statement: str) -> str:
    return f'`lakehouse sql "{statement}"` lists them'
