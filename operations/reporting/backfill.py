"""The report of `lakehouse backfill`: the outcome for each table, and a line for each step."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from ingestion.bronze.backfill import Period, spelled
from ingestion.bronze.load import LoadResult
from ingestion.plural import plural
from operations.reporting.console import print_json, result_console


@dataclass
class Filled:
    """The outcome for one table, its steps added up."""

    source: str
    table: str
    name: str
    """`<source>__<table>`."""
    steps: int = 0
    """Loaded now."""
    empty: int = 0
    """Held nothing, or nothing before the watermark."""
    finished_before: int = 0
    read: int = 0
    landed: int = 0
    quarantined: int = 0
    already_there: int = 0
    seconds: float = 0.0
    error: Exception | None = None
    last: LoadResult | None = None

    def add(self, result: LoadResult) -> None:
        """One step more."""
        self.last = result
        self.steps += result.entry is not None
        self.empty += result.entry is None
        facts = result.facts()
        self.read += facts["read"]
        self.landed += facts["landed"]
        self.quarantined += facts["quarantined"]
        self.already_there += facts["already_there"]

    def line(self, span: Period) -> str:
        """The last step in words."""
        when = f"{spelled(span.start)}/{spelled(span.end)}"
        if self.last is None or self.last.entry is None:
            return f"{when}: nothing"
        facts = self.last.facts()
        return f"{when}: {plural(facts['landed'], 'row')} landed, {facts['quarantined']:,} quarantined, " + (
            f"{facts['already_there']:,} already there"
        )

    def facts(self) -> dict[str, int]:
        """Counts for records and reports."""
        names = ("steps", "empty", "finished_before", "read", "landed", "quarantined", "already_there")
        return {name: getattr(self, name) for name in names}

    @property
    def exit_code(self) -> int:
        """0, 1, or what the error's class says (3: someone else loads the table)."""
        return int(getattr(self.error, "exit_code", 1)) if self.error else 0


def print_filled(run_id: str, results: Sequence[Filled], as_json: bool) -> None:
    """All tables to stdout."""
    if as_json:
        print_json(run_id, results)
        return
    grid = Table("table", box=None, pad_edge=False)
    for column in ("steps", "empty", "finished before", "read", "landed", "quarantined", "already there", "seconds"):
        grid.add_column(column, justify="right")
    for result in results:
        counts = [f"{count:,}" for count in result.facts().values()]
        grid.add_row(result.name, *counts, "failed" if result.error else f"{result.seconds:.1f}")
    result_console().print(grid)
