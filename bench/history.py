"""What earlier loads cost: a run with nothing new and one of new rows, in a table of one load and in one of many.

Each is measured as a load inside a process that is warm, and as a whole `lakehouse ingest`.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.table import Table as Grid

from bench.grown import TABLE, Counter
from ingestion.bronze.load import load
from ingestion.settings import Settings
from operations.reporting.console import result_console

LIMIT = 1.2
"""How many times as long a run may take with many loads behind it."""
Run = Callable[[Settings, int], None]
"""Loads the table up to so many rows."""


def measure_history(settings: Settings, many: int, new: int, repeat: int) -> dict[str, dict[int, float]]:
    """Median seconds: what ran -> loads behind it -> seconds."""
    runs = {loads: _runs(settings, loads, new, repeat) for loads in (1, many)}
    return {what: {loads: run[what] for loads, run in runs.items()} for what in runs[1]}


def _runs(settings: Settings, loads: int, new: int, repeat: int) -> dict[str, float]:
    """Both ways of both kinds of run with so many loads behind them."""
    shutil.rmtree(settings.root, ignore_errors=True)
    for number in range(loads):
        _load(settings, new * (number + 1))
    kinds: dict[str, tuple[Run, int]] = {
        "empty load": (_load, 0),
        f"load of {new:,} rows": (_load, new),
        "lakehouse ingest, nothing new": (_command, 0),
        f"lakehouse ingest, {new:,} rows": (_command, new),
    }
    with TemporaryDirectory(dir=Path(settings.root).parent) as kept:
        shutil.copytree(settings.root, kept, dirs_exist_ok=True)
        return {
            what: statistics.median(_timed(run, settings, Path(kept), new * loads + rows) for _ in range(repeat))
            for what, (run, rows) in kinds.items()
        }


def _timed(run: Run, settings: Settings, before: Path, rows: int) -> float:
    """Seconds of a run on the lake as it was before."""
    shutil.rmtree(settings.root)
    shutil.copytree(before, settings.root)
    begun = time.perf_counter()
    run(settings, rows)
    return time.perf_counter() - begun


def _load(settings: Settings, rows: int) -> None:
    counter = Counter(rows)
    load(counter.source, counter, TABLE, settings, "bench")


def _command(settings: Settings, rows: int) -> None:
    """In a home of its own, so that the real one's record of runs stays as it is."""
    home = {**os.environ, "LAKEHOUSE_HOME": str(Path(settings.root).parent), "LAKEHOUSE_ROOT": settings.root}
    subprocess.run([sys.executable, "-m", "bench.grown", str(rows)], env=home, check=True, stdout=subprocess.DEVNULL)


def print_history(found: dict[str, dict[int, float]]) -> None:
    """One row for each kind of run."""
    if not found:
        return
    grid = Grid("what", box=None, pad_edge=False)
    for column in ("loads before", "ms", "times", "at most"):
        grid.add_column(column, justify="right")
    for what, seconds in found.items():
        first = next(iter(seconds.values()))
        for loads, one in seconds.items():
            limit = f"{LIMIT:g}" + ("" if one <= first * LIMIT else " missed")
            grid.add_row(what, str(loads), f"{one * 1000:.0f}", f"{one / first:.2f}", limit)
    result_console().print(grid)
