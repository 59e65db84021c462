"""How fast the loaders and `dbt build` are: each measured several times, the median told.

make bench
.venv/bin/python -m bench --repeat 5 --json
"""

import json
import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import click
from rich.table import Table

from bench.builds import measure_builds
from bench.history import measure_history, print_history
from bench.loaders import Pace, measure_loader
from bench.volumes import measure_volumes, print_volumes
from ingestion.settings import Settings
from ingestion.sources import load_sources
from operations.emulators import use_local_services
from operations.logs import configure_logs
from operations.reporting.console import result_console

PARTS = ("loaders", "volumes", "history", "builds")
VOLUMES = {"postgres": 5_000_000, "csv": 2_000_000, "jsonl": 2_000_000, "kafka": 1_000_000}
"""Rows of each."""
EARLIER_LOADS, NEW_ROWS = 100, 10_000


@click.command
@click.option("--repeat", default=3, show_default=True, help="How often each is measured.")
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Measure only this; may be given more than once.")
@click.option(
    "--scale",
    default=1.0,
    show_default=True,
    help="Of the volumes: 1 is 5M rows of PostgreSQL, 2M of files, 1M of Kafka.",
)
@click.option(
    "--volume",
    "chosen",
    multiple=True,
    type=click.Choice(list(VOLUMES)),
    help="Only this of the volumes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(repeat: int, only: Sequence[str], scale: float, chosen: Sequence[str], as_json: bool) -> None:
    """Measure the loaders, large volumes, what history costs, and the wall time of a whole ingest and build.

    \b
    loaders: rows a second of each source's largest table in the demo, beside its driver alone
    volumes: large inputs beside a direct floor, with peak memory
    history: an empty run and one of 10,000 rows, with 1 and with 100 loads behind them
    builds:  the wall time of ingesting everything and of dbt build

    \b
    python -m bench --only volumes --volume postgres --scale 4 --repeat 1    peak memory of 20M rows
    python -m bench --only volumes --volume kafka                            1M messages
    """
    configure_logs()
    settings = use_local_services(Settings.load())
    if not (settings.services / "demo.json").is_file():
        raise click.UsageError("there is nothing to measure with: lakehouse demo-data, or make demo")
    wanted = only or PARTS
    with lake_of_its_own(settings) as lake:
        paces = [measure_loader(source, lake, repeat) for source in load_sources().values() if "loaders" in wanted]
        rows = {name: round(count * scale) for name, count in VOLUMES.items() if name in (chosen or VOLUMES)}
        volumes = measure_volumes(lake, rows, repeat) if "volumes" in wanted else []
        history = measure_history(lake, EARLIER_LOADS, NEW_ROWS, 3 * repeat) if "history" in wanted else {}
        times = measure_builds(lake, repeat) if "builds" in wanted else {}
    if as_json:
        told = {"loaders": [vars(pace) for pace in paces], "volumes": [one.facts() for one in volumes]}
        click.echo(json.dumps({**told, "history": history, "seconds": times}))
        return
    print_paces(paces)
    print_volumes(volumes)
    print_history(history)
    print_times(times)


@contextmanager
def lake_of_its_own(settings: Settings) -> Iterator[Settings]:
    """An empty lake beside the real one, with the same services; child processes see it, too."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=settings.home) as folder:
        before = {name: os.environ.get(name) for name in ("LAKEHOUSE_ROOT", "LAKEHOUSE_CATALOG", "DLT_DATA_DIR")}
        os.environ |= {"LAKEHOUSE_ROOT": f"{folder}/lake", "LAKEHOUSE_CATALOG": "none", "DLT_DATA_DIR": f"{folder}/dlt"}
        try:
            yield replace(settings, root=f"{folder}/lake", catalog="none")
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


def print_paces(paces: Sequence[Pace]) -> None:
    """One row for each source."""
    if not paces:
        return
    grid = Table("table", box=None, pad_edge=False)
    for column in ("rows", "driver rows/s", "reader rows/s", "loader rows/s", "loader / driver"):
        grid.add_column(column, justify="right")
    for pace in paces:
        share = f"{pace.loader / (pace.driver or pace.reader):.0%}"
        driver = f"{pace.driver:,.0f}" if pace.driver else "-"
        grid.add_row(pace.table, f"{pace.rows:,}", driver, f"{pace.reader:,.0f}", f"{pace.loader:,.0f}", share)
    console = result_console()
    console.print(grid)
    console.print(
        "driver: `select *` with the same driver, written as Parquet; reader: what a source reads, with its types, "
        "written as Parquet;\nloader: into bronze, with contract, row ids, quarantine and commit.\n"
    )


def print_times(times: dict[str, list[float]]) -> None:
    """One row for each thing timed."""
    grid = Table("what", box=None, pad_edge=False)
    for column in ("median s", "all"):
        grid.add_column(column, justify="right")
    for what, seconds in times.items():
        grid.add_row(what, f"{statistics.median(seconds):.1f}", " ".join(f"{one:.1f}" for one in seconds))
    if times:
        result_console().print(grid)


if __name__ == "__main__":
    main()
