"""Every engine builds from the same bronze three times: first, unchanged, a day later; and every table is compared.

The first engine is the reference. What is not equal is told with a few of its rows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from tests.engines.demo import Demo
from tests.engines.digest import Digest, differing, digest
from tests.engines.engine import Engine, TableName

BUILDS = ("first", "unchanged", "next day")
TESTED = ("first", "next day")
"""Builds that run the project's tests: all rows, later new rows where a test has a window. See audit.dq_results."""


@dataclass(frozen=True)
class Figure:
    """A table after one build, on one engine."""

    build: str
    engine: str
    table: TableName
    held: Digest
    wanted: Digest
    """The reference's, read as exactly as this engine reads."""
    why: str = ""
    """Where they differ: how."""

    @property
    def equal(self) -> bool:
        """Whether columns, types, rows and digest are the same."""
        return self.held == self.wanted


@dataclass
class Comparison:
    """Everything that was found."""

    engines: Sequence[str]
    figures: list[Figure] = field(default_factory=list)
    seconds: dict[tuple[str, str], float] = field(default_factory=dict)
    """(build, engine) -> wall seconds of the dbt process."""

    @property
    def tables(self) -> list[TableName]:
        """Every table that the reference has built."""
        return sorted({figure.table for figure in self.figures})

    @property
    def unequal(self) -> list[Figure]:
        """What differs from the reference."""
        return [figure for figure in self.figures if not figure.equal]

    def figure(self, build: str, engine: str, table: TableName) -> Figure:
        """One of the figures."""
        return next(f for f in self.figures if (f.build, f.engine, f.table) == (build, engine, table))


def compare(demo: Demo, engines: Sequence[Engine], tell: Callable[[str], None] = lambda line: None) -> Comparison:
    """Build and compare. Args: tell: called with a line for each step. Raises what `Engine.build` raises."""
    found = Comparison([engine.name for engine in engines])
    for build in BUILDS:
        if build == "next day":
            demo.next_day()
            tell("the sources are one day on")
        for engine in engines:
            found.seconds[build, engine.name] = engine.build(demo.bronze, demo.now, tested=build in TESTED)
            tell(f"{engine.name}, {build}: {found.seconds[build, engine.name]:.0f} s")
        found.figures += _figures(build, engines)
    return found


def _figures(build: str, engines: Sequence[Engine]) -> Iterable[Figure]:
    reference = engines[0]
    for table in sorted({table for engine in engines for table in engine.tables()}):
        wanted = reference.table(table)
        for engine in engines:
            yield _figure(build, engine, table, wanted, engine.table(table) if engine is not reference else wanted)


def _figure(build: str, engine: Engine, table: TableName, wanted: pa.Table, held: pa.Table) -> Figure:
    without = {name for name in wanted.column_names if engine.apart.keys() & {name, f"{table.name}.{name}"}}
    here, there = (digest(rows, engine.instants, without) for rows in (held, wanted))
    why = ""
    if here.columns != there.columns:
        why = f"columns differ: {sorted(set(here.columns) ^ set(there.columns))}"
    elif here != there:
        why = differing(wanted, held, engine.instants, without)
    return Figure(build, engine.name, table, here, there, why)


def markdown(comparison: Comparison) -> str:
    """The figures as Markdown: seconds of each build, then each table's rows and digest."""
    times = _table(
        ["build", *comparison.engines],
        [[build, *(f"{comparison.seconds[build, name]:.0f} s" for name in comparison.engines)] for build in BUILDS],
    )
    rows = []
    for table in comparison.tables:
        for build in BUILDS:
            of = [comparison.figure(build, name, table) for name in comparison.engines]
            told = ["equal" if figure.equal else "**differs**" for figure in of[1:]]
            rows.append([str(table), build, f"{of[0].held.rows:,}", f"`{of[0].held.digest}`", *told])
    return f"{times}\n\n{_table(['table', 'build', 'rows', 'digest', *comparison.engines[1:]], rows)}\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
