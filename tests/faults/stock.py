"""dlt as its documentation tells people, through the same faults: filesystem destination, Delta tables, its own
incremental cursor, `append` or `merge` (upsert on the key), state restored from the destination.

Its source is kinder than ours: no late rows, no equal rows, no bad ones, no new columns.
"""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from ingestion.bronze.delta.storage import open_table
from tests.faults.life import contents
from tests.faults.victims import Victim, start
from tests.unit.bronze.memory import INSTANT, at

POINTS = ("extracting", "extracted", "normalized", "before the commit", "committed", "completed")
DISPOSITIONS = ("append", "merge")


@dataclass(frozen=True)
class Run:
    """One `pipeline.run()`."""

    rows: tuple[tuple[str, float], ...]
    folder: Path
    disposition: str
    stop: str = ""
    home: str = "home"

    def __call__(self) -> None:
        import dlt

        die_at(self.stop)
        disposition: Any = {"disposition": "merge", "strategy": "upsert"} if self.disposition == "merge" else "append"

        @dlt.resource(name="orders", primary_key="id", write_disposition=disposition, table_format="delta")
        def orders(updated_at: Any = dlt.sources.incremental("updated_at", initial_value=at(0))) -> Iterator[pa.Table]:  # noqa: B008
            new = [(key, at(second)) for key, second in self.rows if at(second) >= updated_at.last_value]
            for first in range(0, len(new), 20):
                keys, moments = zip(*new[first : first + 20], strict=True)
                yield pa.table({"id": pa.array(keys), "updated_at": pa.array(moments, INSTANT)})
                point("extracting")

        destination = dlt.destinations.filesystem(f"file://{self.folder / 'lake'}")
        working = str(self.folder / self.home)
        dlt.pipeline("stock", pipelines_dir=working, destination=destination, dataset_name="raw").run(orders())


def die_at(stop: str) -> None:
    """Kill at one of the points of dlt's own way."""
    global _stop
    _stop = stop
    from dlt.common.libs import deltalake
    from dlt.destinations.impl.filesystem.filesystem import FilesystemClient
    from dlt.pipeline.pipeline import Pipeline

    _around(Pipeline, "extract", after="extracted")
    _around(Pipeline, "normalize", after="normalized")
    _around(FilesystemClient, "complete_load", after="completed")
    for write in ("write_delta_table", "merge_delta_table"):
        _around(deltalake, write, before="before the commit", after="committed")


_stop = ""


def point(name: str) -> None:
    """Die here, if that was asked for."""
    if name == _stop:
        os.kill(os.getpid(), signal.SIGKILL)


def _around(place: Any, name: str, before: str = "", after: str = "") -> None:
    original = getattr(place, name)

    def surrounded(*args: Any, **kwargs: Any) -> Any:
        point(before or "nowhere")
        answer = original(*args, **kwargs)
        point(after)
        return answer

    setattr(place, name, surrounded)


@dataclass
class StockLife:
    """A source and a lake that dlt loads."""

    folder: Path
    disposition: str
    rng: Random
    rows: list[tuple[str, float]] = field(default_factory=list)
    usual: float = 1.0

    def grow(self) -> None:
        """More rows, in the order of their cursor."""
        start = 20 * (1 + len(self.rows))
        self.rows += [(f"o{start}-{n}", start + n / 4) for n in range(self.rng.randint(2, 40))]

    def start(self, stop: str = "", home: str = "home") -> Victim:
        """Start a run, on another machine if it has another home."""
        work = Run(tuple(self.rows), self.folder, self.disposition, stop, home)
        return start(work, {"DLT_DATA_DIR": str(self.folder / "data"), "RUNTIME__DLTHUB_TELEMETRY": "false"})

    def heal(self) -> None:
        """Run again until it ends well, and once more: a run that finds a package pending loads only that."""
        for _ in range(8):
            if (ending := self.start().end()).well:
                break
        assert ending.well, ending.error
        ending = self.start().end()
        assert ending.well, ending.error
        self.usual = ending.seconds

    def difference(self) -> tuple[int, int]:
        """Rows lost, rows doubled."""
        table = open_table(str(self.folder / "lake" / "raw" / "orders"))
        rows = table.to_pyarrow_table().select(["id", "updated_at"]).to_pylist() if table else []
        expected = contents({"id": key, "updated_at": at(second)} for key, second in self.rows)
        got: Counter[str] = contents(rows)
        return (expected - got).total(), (got - expected).total()


def crash_at(life: StockLife, stop: str) -> int:
    """Killed at a point of dlt's."""
    return int(bool(life.start(stop).end().signal))


def killed_at_random(life: StockLife) -> int:
    """Killed at any instant."""
    return int(bool(life.start().end(alive=life.rng.uniform(0, 1.1 * life.usual)).signal))


def two_at_once(life: StockLife) -> int:
    """The same run from two machines that share nothing but the lake."""
    for victim in [life.start(), life.start(home="other")]:
        victim.end()
    return 0


INCIDENTS: dict[str, Callable[[StockLife], int]] = {
    **{f"killed at {stop}": lambda life, stop=stop: crash_at(life, stop) for stop in POINTS},  # type: ignore[misc]
    "killed at random": killed_at_random,
    "two at once": two_at_once,
}


def live(folder: Path, disposition: str, incident: str, lose_folder: bool, rng: Random) -> tuple[int, int, int]:
    """One load, one incident, healing: how often something was killed, rows lost, rows doubled."""
    life = StockLife(folder, disposition, rng)
    life.grow()
    life.heal()
    life.grow()
    killed = INCIDENTS[incident](life)
    if lose_folder:
        shutil.rmtree(folder / "home", ignore_errors=True)
    life.heal()
    return killed, *life.difference()
