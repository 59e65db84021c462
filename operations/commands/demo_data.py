"""`lakehouse demo-data`: fill the emulated sources, or move them one day on."""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from devstack.generator.timeline import DAYS, SEED, Timeline
from ingestion.plural import plural
from ingestion.settings import Settings


class DemoRefused(RuntimeError):
    """There can't be such a demo: why, and how to go on."""

    exit_code = 2


class DemoBusy(RuntimeError):
    """Another process fills the sources right now."""

    exit_code = 3


@click.command
@click.option(
    "--scale", type=float, help="1 is 2,000 customers, in 90 days 20,000 orders, 100,000 events.  [default: 1]"
)
@click.option("--seed", type=int, help=f"Another seed, other data.  [default: {SEED}]")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The last day.  [default: yesterday]")
@click.option("--days", type=int, help=f"Days of history, each as busy whatever their number.  [default: {DAYS}]")
@click.option("--next-day", is_flag=True, help="Move every source one day on, never past the real day.")
@click.option("--replace", "start_over", is_flag=True, help="Put another demo in the place of the one there is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(next_day: bool, start_over: bool, as_json: bool, as_of: datetime | None, **numbers: float | None) -> None:
    """Fill every source with seeded data, dirt included.

    The same seed, scale and days give the same data, byte by byte. Without options it brings back the demo there is;
    interrupted, it can simply be called again. --next-day brings updates, deletions, late rows, new files, one file a
    second time and, on the first next day, a new column in Snowflake's orders.

    \b
    lakehouse demo-data --scale 0.1 --as-of 2026-10-15
    lakehouse demo-data --next-day
    """
    from devstack.generator import state

    wishes: dict[str, Any] = {name: value for name, value in numbers.items() if value is not None}
    if as_of:
        wishes |= {"first": as_of.date(), "as_of": as_of.date()}
    if next_day and (wishes or start_over):
        raise click.UsageError("--next-day goes with no other option: it moves the demo there is")
    settings, today = Settings.load(), datetime.now(UTC).date()
    with _alone(settings):
        old = state.read(settings)
        line = following(old, today) if next_day else wanted(old, wishes, today, start_over=start_over)
        filled = bring(settings, line)
    _print(line, filled, as_json)


def wanted(old: Timeline | None, wishes: Mapping[str, Any], today: date, *, start_over: bool = False) -> Timeline:
    """The demo that is asked for. Raises `DemoRefused` for one that can't be, or that isn't the one there is."""
    yesterday = today - timedelta(days=1)
    values = {"seed": SEED, "scale": 1.0, "first": yesterday, "as_of": yesterday, "days": DAYS}
    kept = asdict(old) if old and not start_over else {}
    other = [name for name, value in wishes.items() if name != "first" and name in kept and kept[name] != value]
    if other:
        there = ", ".join(f"{name} {kept[name]}" for name in other)
        raise DemoRefused(
            f"the sources hold another demo ({there}), and what was loaded from it is in the lake; --replace puts the"
            " new one in its place, best with a new LAKEHOUSE_HOME"
        )
    return _checked({**values, **kept, **({} if kept else wishes)}, today)


def following(old: Timeline | None, today: date) -> Timeline:
    """The same demo a day later. Raises `DemoRefused`."""
    if old is None:
        raise DemoRefused("there is no demo to move on: lakehouse demo-data")
    return _checked(asdict(replace(old, as_of=old.as_of + timedelta(days=1))), today)


def _checked(values: Mapping[str, Any], today: date) -> Timeline:
    if values["as_of"] > today:
        raise DemoRefused(
            f"{values['as_of']} has not come yet, today is {today} (UTC); for more next days start earlier:"
            f" lakehouse demo-data --replace --as-of {today - timedelta(days=7)}"
        )
    try:
        return Timeline(**values)
    except ValueError as error:
        raise DemoRefused(str(error)) from error


def bring(settings: Settings, line: Timeline) -> dict[str, int]:
    """Make the sources hold this demo; returns each source's rows (or files). Raises `FillFailed`."""
    from devstack.generator import generate, state
    from devstack.generator.fill import fill, local_addresses

    addresses = local_addresses(settings)
    demo = generate(**asdict(line))
    filled = fill(settings, addresses, demo)
    state.write(settings, line)
    return filled


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Only one process fills the sources. The system frees the lock when its holder dies."""
    settings.services.mkdir(parents=True, exist_ok=True)
    with (settings.services / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoBusy("another `lakehouse demo-data` is filling the sources; wait for its end") from None
        yield


def _print(line: Timeline, filled: Mapping[str, int], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**asdict(line), "filled": filled}, default=str))
        return
    table = Table("source", "rows", box=None)
    table.columns[1].justify = "right"
    for name, rows in filled.items():
        table.add_row(name, plural(rows, "file") if name in ("vendor_files", "cdc") else f"{rows:,}")
    Console().print(table)
    click.echo(
        f"demo of seed {line.seed}, scale {line.scale:g}, {plural(line.days, 'day')} to {line.first}; "
        f"it is now {line.as_of}"
    )
