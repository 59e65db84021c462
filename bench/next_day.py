"""Whether a day's build takes longer the longer the history behind it: `python -m bench.next_day --scale 50`.

Two demos of the same shop with equally busy days, one with ten times the days of the other, each with services and a
lake of its own beside the project's. Both are loaded and built, and then moved on day by day, by turns; what counts is
`dbt build` after each. The first day is built and not counted: its tests, which look at the rows of two days, still see
the whole history as new. Kafka's topics are those of scale 1, once: the local broker holds no more. At scale 50 (a
million orders) it needs 6 GB of disk, 14 GB of memory and half an hour.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import click
from rich.table import Table

from devstack.generator import generate, state
from devstack.generator.fill import fill, local_addresses
from devstack.generator.timeline import DAYS, SEED, Timeline
from ingestion.settings import PROJECT, Settings
from ingestion.sources import load_sources
from operations.reporting.console import result_console

LIMIT = 1.5
"""Times that a day's build may take with ten times the history."""
BIN = Path(sys.executable).parent
VARIABLES = ("LAKEHOUSE_", "SOURCES__", "AWS_", "DLT_", "DBT_")
"""Of another home: not taken over."""


@dataclass
class Seconds:
    """Of `dbt build`."""

    lines: int
    """Order lines of the history."""
    first: float
    unchanged: float
    next_days: list[float] = field(default_factory=list)

    @property
    def next_day(self) -> float:
        """The median."""
        return statistics.median(self.next_days)


@dataclass(frozen=True)
class Home:
    """A LAKEHOUSE_HOME of its own."""

    folder: Path

    def bring(self, line: Timeline) -> None:
        """Let all sources but Kafka hold a demo, and load them."""
        settings = replace(Settings.load(), home=self.folder)
        fill(settings, local_addresses(settings), replace(generate(**asdict(line)), logs={}))
        state.write(settings, line)
        self.call("lakehouse", "ingest", *(name for name in load_sources() if name != "kafka"))

    def call(self, *words: str) -> str:
        """Run a command of the project to its end; returns what it printed."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith(VARIABLES)}
        variables |= {"LAKEHOUSE_HOME": str(self.folder), "DBT_TARGET_PATH": str(self.folder / "target")}
        variables |= {"DBT_LOG_PATH": str(self.folder / "logs")}
        command = [str(BIN / words[0]), *words[1:]]
        ran = subprocess.run(command, cwd=PROJECT, env=variables, stdout=subprocess.PIPE, text=True)
        if ran.returncode:
            raise click.ClickException(f"{' '.join(words)} failed:\n{ran.stdout}")
        return ran.stdout

    def build(self) -> float:
        """Seconds of `dbt build`."""
        begun = time.perf_counter()
        self.call("dbt", "build")
        return time.perf_counter() - begun

    def lines(self) -> int:
        """How many order lines there are."""
        told = self.call(
            "lakehouse", "sql", "select count(*) as n from bronze.snowflake__order_items", "--format", "json"
        )
        return int(json.loads(told)[0]["n"])


@contextmanager
def demo(line: Timeline) -> Iterator[Home]:
    """A loaded demo; its services and its folder end with the block."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        try:
            home.call("lakehouse", "up")
            small = {"--scale": min(line.scale, 1), "--days": line.days, "--as-of": line.first}
            home.call("lakehouse", "demo-data", *(str(word) for option in small.items() for word in option))
            home.call("lakehouse", "ingest", "kafka")
            home.bring(line)
            yield home
        finally:
            home.call("lakehouse", "down")


def measure(lines: Sequence[Timeline], next_days: int) -> dict[int, Seconds]:
    """Days of history -> builds of what was loaded, again, and after each next day but the first."""
    with ExitStack() as stack:
        homes = {line: stack.enter_context(demo(line)) for line in lines}
        found = {
            line: Seconds(first=home.build(), unchanged=home.build(), lines=home.lines())
            for line, home in homes.items()
        }
        for number in range(1, next_days + 2):
            for line, home in homes.items():
                home.bring(replace(line, as_of=line.first + timedelta(days=number)))
            for line, home in homes.items():
                seconds = home.build()
                found[line].next_days += [seconds] if number > 1 else []
    return {line.days: seconds for line, seconds in found.items()}


@click.command
@click.option("--scale", default=50.0, show_default=True, help="Of both demos.")
@click.option("--next-days", default=3, show_default=True, help="How many next days count; of them the median.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(scale: float, next_days: int, as_json: bool) -> None:
    """Build a day after a long history and after a tenth of it, at the same shop."""
    first = date.today() - timedelta(days=next_days + 2)  # noqa: DTZ011 - any day that is past everywhere
    found = measure([Timeline(SEED, scale, first, first, days) for days in (DAYS // 10, DAYS)], next_days)
    if as_json:
        click.echo(json.dumps({days: asdict(seconds) for days, seconds in found.items()}))
        return
    table = Table("days", "order lines", "first s", "unchanged s", "next day s", "all", box=None)
    for days, seconds in found.items():
        figures = (seconds.first, seconds.unchanged, seconds.next_day)
        told = [f"{figure:.1f}" for figure in figures] + [" ".join(f"{one:.1f}" for one in seconds.next_days)]
        table.add_row(str(days), f"{seconds.lines:,}", *told)
    result_console().print(table)
    times = found[DAYS].next_day / found[DAYS // 10].next_day
    result_console().print(f"next day: {times:.2f} times (limit {LIMIT}{', missed' if times > LIMIT else ''})")


if __name__ == "__main__":
    main()
