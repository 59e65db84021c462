"""Large inputs, each loader beside its direct floor in the same run: wall time, and peak memory of its process."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.table import Table

from bench import inputs
from ingestion.settings import Settings
from operations.reporting.console import result_console
from tests.engines.bringing import NotInstalled


@dataclass(frozen=True)
class Pair:
    """A loader and what it is compared with; names are those of bench/contenders.py."""

    loader: str
    floor: str
    limit: float
    """How many times the floor's wall time the loader may take."""
    inputs: Callable[[Path, int], AbstractContextManager[None]]
    """So many rows, in a folder or a service, while they are needed."""


@dataclass(frozen=True)
class Measured:
    """Medians of one pair, seconds and megabytes."""

    pair: Pair
    rows: int
    seconds: float
    floor_seconds: float
    megabytes: float
    floor_megabytes: float

    @property
    def ratio(self) -> float:
        """Times the floor."""
        return self.seconds / self.floor_seconds

    def facts(self) -> dict[str, object]:
        """As JSON tells it."""
        return {"loader": self.pair.loader, "floor": self.pair.floor, "limit": self.pair.limit} | {
            name: value for name, value in vars(self).items() if name != "pair"
        }


PAIRS = (
    Pair("postgres", "connectorx", 1.3, inputs.filled_postgres),
    Pair("csv", "polars csv", 3, inputs.written_csv),
    Pair("jsonl", "polars jsonl", 3, inputs.written_jsonl),
    Pair("kafka", "consume", 2, inputs.filled_kafka),
)


def measure_volumes(settings: Settings, rows: dict[str, int], repeat: int) -> list[Measured]:
    """Measure the pairs whose loaders are named, with so many rows; loader and floor take turns."""
    with TemporaryDirectory(prefix="volumes-", dir=settings.home) as name:
        wanted = [pair for pair in PAIRS if pair.loader in rows]
        return [one for pair in wanted if (one := _possible(pair, Path(name) / pair.loader, rows[pair.loader], repeat))]


def _possible(pair: Pair, folder: Path, rows: int, repeat: int) -> Measured | None:
    try:
        return _measure(pair, folder, rows, repeat)
    except NotInstalled as error:
        sys.stderr.write(f"{pair.loader} is not measured: {error}\n")
        return None


def _measure(pair: Pair, folder: Path, rows: int, repeat: int) -> Measured:
    folder.mkdir()
    with pair.inputs(folder, rows):
        runs = [(_run(pair.loader, folder, rows), _run(pair.floor, folder, -1)) for _ in range(repeat)]
    ours, floor = zip(*runs, strict=True)
    return Measured(pair, rows, _median(ours, "seconds"), _median(floor, "seconds"), _most(ours), _most(floor))


def _run(name: str, folder: Path, rows: int) -> dict[str, float]:
    """One contender in its own process, into an empty lake."""
    for made in ("lake", "direct"):
        shutil.rmtree(folder / made, ignore_errors=True)
    told = subprocess.run(
        [sys.executable, "-m", "bench.contenders", name, str(folder)],
        env={**os.environ, "LAKEHOUSE_ROOT": str(folder / "lake"), "LAKEHOUSE_CATALOG": "none"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    if rows >= 0 and figures["rows"] != rows:
        raise RuntimeError(f"{name} loaded {figures['rows']} rows of {rows}")
    return figures


def _median(runs: Sequence[dict[str, float]], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def _most(runs: Sequence[dict[str, float]]) -> float:
    return max(run["megabytes"] for run in runs)


def print_volumes(found: Sequence[Measured]) -> None:
    """One row for each pair; a miss is marked."""
    if not found:
        return
    grid = Table("loader", box=None, pad_edge=False)
    for column in ("rows", "s", "floor s", "times", "at most", "peak MB", "floor MB"):
        grid.add_column(column, justify="right")
    for one in found:
        limit = f"{one.pair.limit:g}" + ("" if one.ratio <= one.pair.limit else " missed")
        grid.add_row(
            f"{one.pair.loader} / {one.pair.floor}",
            f"{one.rows:,}",
            f"{one.seconds:.1f}",
            f"{one.floor_seconds:.1f}",
            f"{one.ratio:.2f}",
            limit,
            f"{one.megabytes:.0f}",
            f"{one.floor_megabytes:.0f}",
        )
    result_console().print(grid)
