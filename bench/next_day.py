"""Whether a day's build takes longer the longer the history behind it: `python -m bench.next_day --scale 50`.

Two demos with equally busy days, one with ten times the days of the other, each with services and a lake of its own
beside the project's. Both are loaded and built, and then moved on day by day; what counts is `dbt build` after each.
At scale 50 (a million orders) it needs 20 GB of disk, 12 GB of memory and an hour.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import click
from rich.table import Table

from devstack.generator.timeline import DAYS
from ingestion.settings import PROJECT
from operations.display import result_console

LIMIT = 1.5
"""Times that a day's build may take with ten times the history."""
BIN = Path(sys.executable).parent
VARIABLES = ("LAKEHOUSE_", "SOURCES__", "AWS_", "DLT_", "DBT_")
"""Of another home: not taken over."""


@dataclass(frozen=True)
class Home:
    """A LAKEHOUSE_HOME of its own."""

    folder: Path

    def call(self, *words: str) -> str:
        """Run a command of the project to its end; returns what it printed. Raises CalledProcessError."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith(VARIABLES)}
        variables |= {"LAKEHOUSE_HOME": str(self.folder), "DBT_TARGET_PATH": str(self.folder / "target")}
        variables |= {"DBT_LOG_PATH": str(self.folder / "logs")}
        command = [BIN / words[0], *words[1:]]
        return subprocess.run(command, cwd=PROJECT, env=variables, check=True, stdout=subprocess.PIPE, text=True).stdout

    def build(self) -> float:
        """Seconds of `dbt build`."""
        begun = time.perf_counter()
        self.call("dbt", "--quiet", "build")
        return time.perf_counter() - begun

    def lines(self) -> int:
        """How many order lines there are."""
        told = self.call(
            "lakehouse", "sql", "select count(*) as n from bronze.snowflake__order_items", "--format", "json"
        )
        return int(json.loads(told)[0]["n"])


@contextmanager
def demo(scale: float, days: int, first: date) -> Iterator[Home]:
    """A loaded demo; its services and its folder end with the block."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        try:
            home.call("lakehouse", "up")
            of = ("--scale", f"{scale:g}", "--days", str(days), "--as-of", first.isoformat())
            home.call("lakehouse", "demo-data", *of)
            home.call("lakehouse", "ingest")
            yield home
        finally:
            home.call("lakehouse", "down")


def measure(home: Home, next_days: int) -> dict[str, list[float]]:
    """Seconds of `dbt build`: the first, one with nothing new, and one after each next day."""
    seconds = {"first": [home.build()], "unchanged": [home.build()], "next day": []}
    for _ in range(next_days):
        home.call("lakehouse", "demo-data", "--next-day")
        home.call("lakehouse", "ingest")
        seconds["next day"].append(home.build())
    return seconds


@click.command
@click.option("--scale", default=50.0, show_default=True, help="Of the demo with the long history.")
@click.option("--next-days", default=3, show_default=True, help="How many next days are built; the median counts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(scale: float, next_days: int, as_json: bool) -> None:
    """Build a day after a long history and after a tenth of it."""
    first = date.today() - timedelta(days=next_days + 1)  # noqa: DTZ011 - any day that is past everywhere
    found = {}
    for part, days in ((scale / 10, DAYS // 10), (scale, DAYS)):
        with demo(part, days, first) as home:
            found[days] = {"order lines": home.lines(), **measure(home, next_days)}
    if as_json:
        click.echo(json.dumps(found))
        return
    table = Table("days", "order lines", "first s", "unchanged s", "next day s", box=None)
    medians = {}
    for days, facts in found.items():
        medians[days] = statistics.median(facts["next day"])
        figures = [f"{facts[name][0]:.1f}" for name in ("first", "unchanged")]
        table.add_row(str(days), f"{facts['order lines']:,}", *figures, f"{medians[days]:.1f}")
    result_console().print(table)
    times = medians[DAYS] / medians[DAYS // 10]
    result_console().print(f"next day: {times:.2f} times (limit {LIMIT}{', missed' if times > LIMIT else ''})")


if __name__ == "__main__":
    main()
