"""Loads on several machines: processes with homes of their own and one core each, on one lake in S3.

make demo
.venv/bin/python -m bench.machines --machines 1 --machines 2
"""

import heapq
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from boto3.session import Session
from rich.table import Table as Grid

from ingestion.settings import Settings
from operations.emulators import use_local_services
from operations.loading import preview
from operations.reporting.console import result_console

LAKEHOUSE = Path(sys.executable).with_name("lakehouse")
BUCKET = "bench-machines"


@click.command
@click.option("--machines", "numbers", type=click.IntRange(1), multiple=True, default=(1, 2), help="How many.")
@click.option("--repeat", default=3, show_default=True, help="How often each is measured.")
def main(numbers: Sequence[int], repeat: int) -> None:
    """Measure how long N machines of one core take to load every table of the demo; tables are shared out by rows."""
    settings = use_local_services(Settings.load())
    cores = sorted(os.sched_getaffinity(0))
    if max(numbers) > len(cores):
        raise click.UsageError(f"{max(numbers)} machines need as many cores; this one has {len(cores)}")
    Session().client("s3").create_bucket(Bucket=BUCKET)
    os.environ["LAKEHOUSE_ROOT"] = f"s3://{BUCKET}/empty"
    sizes = {f"{one.source}.{one.table}": one.rows or 0 for one in preview(Settings.load(), (), ())}
    grid = Grid("machines", "s", "rows", "times as fast", box=None, pad_edge=False)
    first = 0.0
    for number in numbers:
        measured = sorted(load(settings, shares(sizes, number), cores) for _ in range(repeat))
        seconds, rows = measured[repeat // 2]
        first = first or seconds
        grid.add_row(str(number), f"{seconds:.1f}", f"{rows:,}", f"{first / seconds:.2f}")
    result_console().print(grid)


def shares(sizes: dict[str, int], number: int) -> list[list[str]]:
    """Share tables out so that each machine has about the same number of rows."""
    heap: list[tuple[int, int, list[str]]] = [(0, index, []) for index in range(number)]
    for table, rows in sorted(sizes.items(), key=lambda item: -item[1]):
        total, index, tables = heapq.heappop(heap)
        heapq.heappush(heap, (total + rows, index, [*tables, table]))
    return [tables for _, _, tables in heap]


def load(settings: Settings, loads: Sequence[Sequence[str]], cores: Sequence[int]) -> tuple[float, int]:
    """Return seconds and rows of one load of everything into an empty lake, a machine for each share."""
    root = f"s3://{BUCKET}/{uuid.uuid4()}"
    with TemporaryDirectory() as folder:
        begun = time.perf_counter()
        machines = [
            start(settings, Path(folder) / str(core), root, share, core)
            for share, core in zip(loads, cores, strict=False)
        ]
        printed = [machine.communicate()[0] for machine in machines]
        seconds = time.perf_counter() - begun
    if any(machine.returncode for machine in machines):
        raise click.ClickException(f"a machine ended with {[machine.returncode for machine in machines]}")
    return seconds, sum(table["landed"] for text in printed for table in json.loads(text)["tables"])


def start(settings: Settings, home: Path, root: str, share: Sequence[str], core: int) -> subprocess.Popen[str]:
    """Start a machine's loads on one core."""
    home.mkdir()
    (home / "services").symlink_to(settings.services)
    own = {
        "LAKEHOUSE_HOME": str(home),
        "LAKEHOUSE_ROOT": root,
        "LAKEHOUSE_CATALOG": "none",
        "LAKEHOUSE_LEASES": "dynamodb:bench-machines",
        "DLT_DATA_DIR": str(home / "dlt"),
    }
    return subprocess.Popen(
        ["taskset", "--cpu-list", str(core), LAKEHOUSE, "ingest", "--json", *share],
        env=os.environ | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


if __name__ == "__main__":
    main()
