"""A run's result, for people: a table of its sources, and a line for each phase."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table

from ingestion.plural import plural
from operations.dbt.test_warnings import lines
from operations.reporting.console import result_console

Step = Mapping[str, Any]


def print_recap(run: Mapping[str, Any]) -> None:
    """Print a finished run's record to stdout."""
    console = result_console()
    steps: dict[str, list[Step]] = defaultdict(list)
    for step in run["steps"]:
        steps[step["kind"]].append(step)
    console.print(f"run {run['run_id']} {run['outcome']} in {run['seconds']:.1f} s")
    if steps["ingest"]:
        console.print(sources_table(steps["ingest"]))
    described = {"ingest": ingest_line, "build": build_line, "publish": publish_line}
    for phase in steps["phase"]:
        line = described[phase["name"]](steps[phase["name"]])
        console.print(f"{phase['name']:<8} {line} ({phase['seconds']:.1f} s)")
        for warning in warnings(steps[phase["name"]]):
            console.print(warning, soft_wrap=True)


def sources_table(steps: Iterable[Step]) -> Table:
    """One row for each source."""
    grid = Table("source", box=None, pad_edge=False)
    for name in ("tables", "rows landed", "quarantined", "seconds"):
        grid.add_column(name, justify="right")
    by_source: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        by_source[step["name"].split("__")[0]].append(step)
    for source, loads in sorted(by_source.items()):
        counts = (len(loads), total(loads, "landed"), total(loads, "quarantined"))
        seconds = sum(step["seconds"] or 0 for step in loads)
        grid.add_row(source, *(f"{count:,}" for count in counts), f"{seconds:.1f}")
    return grid


def ingest_line(steps: list[Step]) -> str:
    """All sources together."""
    landed, quarantined = total(steps, "landed"), total(steps, "quarantined")
    return f"{plural(len(steps), 'table')}: {plural(landed, 'row')} landed, {quarantined:,} quarantined"


def build_line(steps: list[Step]) -> str:
    """Nodes by kind, tests by outcome."""
    counts = steps[-1]["facts"]["counts"]
    built = [
        plural(sum(states.values()), kind)
        for kind, states in counts.items()
        if kind not in ("test", "unit_test", "operation")
    ]
    tests = {kind: states for kind, states in counts.items() if kind in ("test", "unit_test")}
    passed = sum(states.get("pass", 0) for states in tests.values())
    warned = sum(states.get("warn", 0) for states in tests.values())
    return f"{', '.join(built)}; {plural(passed, 'test')} passed, {warned} warned"


def warnings(steps: list[Step]) -> list[str]:
    """A line for each test that warned, with today's number of rows and that of the build before."""
    return [line for step in steps for line in lines(step["facts"].get("warnings", []))]


def publish_line(steps: list[Step]) -> str:
    """Tables and rows that are equal in the copy."""
    return f"{plural(len(steps), 'table')} equal in Snowflake: {plural(total(steps, 'rows'), 'row')}"


def total(steps: Iterable[Step], fact: str) -> int:
    """A fact's sum."""
    return sum(step["facts"].get(fact, 0) for step in steps)
