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
from bench.loaders import Pace, measure_loader
from ingestion.settings import Settings
from ingestion.sources import load_sources
from operations.display import result_console
from operations.local import use_local_services
from operations.logs import configure_logs


@click.command
@click.option("--repeat", default=3, show_default=True, help="How often each is measured.")
@click.option("--builds/--no-builds", default=True, help="Measure ingesting everything and dbt build, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(repeat: int, builds: bool, as_json: bool) -> None:
    """Rows a second of each source's largest table, and the wall time of ingesting everything and of dbt build."""
    configure_logs()
    settings = use_local_services(Settings.load())
    if not (settings.services / "demo.json").is_file():
        raise click.UsageError("there is nothing to measure with: lakehouse demo-data, or make demo")
    with lake_of_its_own(settings) as lake:
        paces = [measure_loader(source, lake, repeat) for source in load_sources().values()]
        times = measure_builds(lake, repeat) if builds else {}
    if as_json:
        told = {"loaders": [vars(pace) for pace in paces], "seconds": times}
        click.echo(json.dumps(told))
        return
    print_paces(paces)
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
