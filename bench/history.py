"""What earlier loads cost: an empty run and a run of new rows, in a table of one load and in one of many."""

import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from rich.table import Table as Grid

from ingestion.bronze.load import load
from ingestion.settings import Settings
from ingestion.spec import Rejected, Slice, Source, Table
from operations.display import result_console

TABLE = Table("grown", key=("id",), cursor="id")
LIMIT = 1.2
"""How many times as long a run may take with many loads behind it."""


class Counter:
    """A source of whole numbers from 0, which grows."""

    def __init__(self) -> None:
        self.rows = 0

    def slices(self, table: Table, now_us: int) -> Sequence[Slice]:
        """One window up to the newest."""
        return [Slice("", None, self.rows)] if self.rows else []

    def count(self, table: Table, part: Slice) -> int:
        """Rows of a window."""
        return part.high - (part.low or 0)

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        """The numbers, with a text."""
        for part in parts:
            ids = pa.array(range(part.low or 0, part.high), pa.int64())
            yield pa.table({"id": ids, "text": pa.array([f"row {n}" for n in ids.to_pylist()])})


def measure_history(settings: Settings, many: int, new: int, repeat: int) -> dict[str, dict[int, float]]:
    """Median seconds: what ran -> loads behind it -> seconds."""
    runs = {loads: _runs(settings, loads, new, repeat) for loads in (1, many)}
    return {what: {loads: run[what] for loads, run in runs.items()} for what in runs[1]}


def _runs(settings: Settings, loads: int, new: int, repeat: int) -> dict[str, float]:
    """Both kinds of run with so many loads behind them."""
    shutil.rmtree(settings.root, ignore_errors=True)
    source = Counter()
    for _ in range(loads):
        _grow(source, settings, new)
    empty = [_timed(lambda: _load(source, settings)) for _ in range(repeat)]
    with TemporaryDirectory(dir=Path(settings.root).parent) as kept:
        shutil.copytree(settings.root, kept, dirs_exist_ok=True)
        grown, rows = [], source.rows
        for _ in range(repeat):
            shutil.rmtree(settings.root)
            shutil.copytree(kept, settings.root)
            source.rows = rows
            grown.append(_timed(lambda: _grow(source, settings, new)))
    return {"empty run": statistics.median(empty), f"run of {new:,} rows": statistics.median(grown)}


def _grow(source: Counter, settings: Settings, rows: int) -> None:
    source.rows += rows
    _load(source, settings)


def _load(source: Counter, settings: Settings) -> None:
    load(Source("bench", (TABLE,), lambda: nullcontext(source)), source, TABLE, settings, "bench")


def _timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


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
