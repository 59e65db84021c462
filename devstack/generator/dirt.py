"""Which rows are dirty: `devstack/dirt.yml` applied to row numbers.

Dirt is counted, not drawn: a table's rows are numbered in the order they are born, and of every 1/share numbers
one is dirty. So every kind shows up at any scale, and a row keeps its dirt from day to day.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from devstack.generator.timeline import MINUTE, Array

LABEL = "_dirt"
"""The column that names a row's dirt; never loaded into a source."""

BORN = "_born"
"""A column with a row's instant of birth, for `first_version`; `soil` drops it."""

Change = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Dirt:
    """One entry of dirt.yml; the file's head explains the fields."""

    kind: str
    table: str
    share: float
    lands: str
    about: str
    of: Literal["rows", "files"] = "rows"
    how: Literal["changed", "added"] = "changed"

    def rule(self, layer: str) -> str | None:
        """The rule that keeps it in the quarantine of `bronze` or `silver`, or that `warn`s."""
        place, _, rule = self.lands.partition(":")
        return rule if place in (f"{layer}_quarantine", layer) and rule else None


@cache
def catalogue() -> tuple[Dirt, ...]:
    """Every kind of dirt, as dirt.yml lists it."""
    text = (Path(__file__).parents[1] / "dirt.yml").read_text(encoding="utf-8")
    return tuple(Dirt(**entry) for entry in yaml.safe_load(text)["dirt"])


def of_table(source: str, table: str) -> dict[str, Dirt]:
    """The kinds in a table, rows' and files' alike, by name."""
    return {dirt.kind: dirt for dirt in catalogue() if dirt.table == f"{source}.{table}"}


@dataclass(frozen=True)
class Marks:
    """The dirt of some rows (or files), one code each: an index into `kinds`, or -1 for a clean one."""

    kinds: tuple[Dirt, ...]
    codes: Array

    def of(self, kind: str) -> Array:
        """Which rows have this kind; raises LookupError for a kind that dirt.yml does not list here."""
        names = [dirt.kind for dirt in self.kinds]
        if kind not in names:
            raise LookupError(f"dirt.yml has no {kind} here, only {', '.join(names)}")
        mask: Array = self.codes == names.index(kind)
        return mask

    def take(self, rows: Array) -> "Marks":
        """The marks of these rows: a mask or positions."""
        return replace(self, codes=self.codes[rows])

    def name(self, position: int) -> str | None:
        """The kind of one row."""
        return self.kinds[self.codes[position]].kind if self.codes[position] >= 0 else None

    def labels(self) -> pa.Array:
        """The column `_dirt`: the kinds that change a row; a row that is only copied stays clean itself."""
        names = [dirt.kind if dirt.how == "changed" else None for dirt in self.kinds]
        return pa.array([*names, None], pa.string()).take(pa.array(self.codes % (len(names) + 1)))


@cache
def _wheel(kinds: tuple[Dirt, ...]) -> Array:
    """The codes of the row numbers 0 to period - 1, after which they repeat."""
    period = round(1 / min(dirt.share for dirt in kinds))
    wheel = np.full(period, -1, dtype=np.int8)
    for code, dirt in enumerate(kinds):
        slots = round(dirt.share * period)
        for slot in range(slots):
            wanted = (5 + 7 * code + slot * (period // slots)) % period
            free = np.flatnonzero(np.roll(wheel, -wanted) < 0)[0]
            wheel[(wanted + free) % period] = code
    return wheel


def marks(source: str, table: str, numbers: Array, of: str = "rows") -> Marks:
    """The dirt of the rows (or files) with these numbers, counted from 0 in the order of birth."""
    kinds = tuple(dirt for dirt in of_table(source, table).values() if dirt.of == of)
    wheel = _wheel(kinds)
    return Marks(kinds, wheel[numbers % len(wheel)])


def soil(table: pa.Table, found: Marks, added: Mapping[str, Change]) -> pa.Table:
    """The table with its column `_dirt`, and below it the rows that dirt adds.

    `added` says for each kind of how: added what makes the further row out of the clean one.
    """
    parts = [table.append_column(LABEL, found.labels())]
    for dirt in found.kinds:
        if dirt.how == "added":
            rows = added[dirt.kind](table.filter(pa.array(found.of(dirt.kind))))
            parts.append(rows.append_column(LABEL, pa.repeat(pa.scalar(dirt.kind, pa.string()), len(rows))))
    whole = pa.concat_tables(parts)
    return whole.drop_columns([BORN]) if BORN in whole.column_names else whole


def same(rows: pa.Table) -> pa.Table:
    """The further row is an exact copy."""
    return rows


def without(*columns: str) -> Change:
    """The further row has nulls in these columns."""
    return with_values(**dict.fromkeys(columns))


def first_version(*older: Change, cursor: str = "updated_at") -> Change:
    """The further row has a cursor a minute before its birth, and what else `older` says.

    Whatever can change must be a constant of `older`: an old version of a row never changes any more.
    """

    def change(rows: pa.Table) -> pa.Table:
        for step in older:
            rows = step(rows)
        before = pc.subtract(rows[BORN], pa.scalar(MINUTE, pa.duration("us")))
        return rows.set_column(rows.schema.get_field_index(cursor), rows.schema.field(cursor), before)

    return change


def with_values(**values: object) -> Change:
    """The further row has these constants instead."""

    def change(rows: pa.Table) -> pa.Table:
        for name, value in values.items():
            kind = rows.schema.field(name).type
            constant = pa.repeat(pa.scalar(value, kind), len(rows))
            rows = rows.set_column(rows.schema.get_field_index(name), pa.field(name, kind), constant)
        return rows

    return change
