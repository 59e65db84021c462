"""Victims: processes that load and may die, forked from one warm process (`warm.py`)."""

import logging
import multiprocessing as mp
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any

import structlog

from ingestion.bronze import fault_points
from ingestion.bronze.backfill import past, periods
from ingestion.bronze.glue import Catalog
from ingestion.bronze.load import load
from ingestion.bronze.names import quarantine_name, table_name
from ingestion.bronze.quarantine.replay import replay
from ingestion.bronze.slices.plan import plan
from ingestion.settings import Settings
from ingestion.source import Source
from tests.faults.kinds import Kind, Windows

PREFIXES = ("LAKEHOUSE_", "SOURCES__", "DLT_")
LIMIT = 240.0
"""Seconds after which a victim hangs."""
_fork = mp.get_context("forkserver")
_fork.set_forkserver_preload(["tests.faults.warm"])


@dataclass(frozen=True)
class Work:
    """What a victim does with a kind's table."""

    kind: Kind
    settings: Settings

    def __call__(self) -> None:
        """To the end."""
        self.do()
        Catalog(self.settings).register("bronze", [self.name, quarantine_name(self.name), "loads"])

    def do(self) -> None:
        """The work itself."""
        raise NotImplementedError

    @property
    def source(self) -> Source:
        """Of this table alone."""
        return Source(self.kind.source, (self.kind.table,), self.kind.connect)

    @property
    def name(self) -> str:
        """The table's name in bronze."""
        return table_name(self.source, self.kind.table)


@dataclass(frozen=True)
class Load(Work):
    """One load, as `lakehouse ingest` does."""

    reconcile = False
    full = False

    def do(self) -> None:
        with self.kind.connect() as reader:
            load(
                self.source,
                reader,
                self.kind.table,
                self.settings,
                "run",
                planner=partial(plan, reconcile=self.reconcile, full=self.full),
            )


@dataclass(frozen=True)
class Sweep(Load):
    """One that compares all keys: `lakehouse ingest --reconcile-keys`."""

    reconcile = True


@dataclass(frozen=True)
class Full(Load):
    """One that reads everything again: `lakehouse ingest --full`."""

    full = True


@dataclass(frozen=True)
class Backfill(Work):
    """The days that the kind grew by last, as `lakehouse backfill` does."""

    kind: Windows

    def do(self) -> None:
        with self.kind.connect() as reader:
            for period in periods(*self.kind.past, timedelta(days=1)):
                planner = partial(past, period)
                load(self.source, reader, self.kind.table, self.settings, "run", planner=planner)


@dataclass(frozen=True)
class Replay(Work):
    """What is in quarantine, as `lakehouse quarantine replay` does."""

    def do(self) -> None:
        replay(self.source, self.kind.table, self.settings, "run")


@dataclass(frozen=True)
class Stop:
    """Where a victim ends: killed at the n-th pass of a crash point, or, `frozen`, stopped there until it is woken."""

    point: str
    nth: int = 1
    frozen: bool = False


@dataclass(frozen=True)
class Ending:
    """How a victim ended."""

    signal: int
    """0 where nobody killed it."""
    seconds: float
    error: str = ""

    @property
    def well(self) -> bool:
        """It did what it should."""
        return not self.signal and not self.error


@dataclass
class Victim:
    """A running one."""

    process: Any
    told: Connection
    begun: float = field(default_factory=time.monotonic)

    def end(self, alive: float | None = None) -> Ending:
        """Wait for its end; where `alive` is given, it is killed after so many seconds. Raises TimeoutError."""
        wait([self.process.sentinel], LIMIT if alive is None else alive)
        if self.process.is_alive():
            self.process.kill()
            if alive is None:
                raise TimeoutError(f"a victim did not end within {LIMIT} s")
        self.process.join()
        error = self._error() if self.process.exitcode == 0 else f"exit code {self.process.exitcode}"
        return Ending(max(0, -self.process.exitcode), time.monotonic() - self.begun, error)

    def _error(self) -> str:
        try:
            return str(self.told.recv())
        except EOFError:
            return "it ended without a word"

    def frozen(self) -> bool:
        """Wait until it stopped where it should; False if it ended before."""
        while self.told.poll(LIMIT):
            try:
                if self.told.recv() == "frozen":
                    return True
            except EOFError:
                break
        return False

    def wake(self) -> None:
        """Let a frozen one go on."""
        os.kill(self.process.pid, signal.SIGCONT)


def start(work: Callable[[], None], environment: Mapping[str, str], stop: Stop | None = None) -> Victim:
    """Start a victim with just these variables of the project's."""
    here, there = _fork.Pipe()
    process = _fork.Process(target=_live, args=(there, work, dict(environment), stop))
    process.start()
    there.close()
    return Victim(process, here)


def _live(told: Connection, work: Callable[[], None], environment: dict[str, str], stop: Stop | None) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIXES)]:
        del os.environ[name]
    os.environ.update(environment)
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if stop:
        fault_points.arm(stop.point, stop.nth)
    if stop and stop.frozen:
        fault_points.die = lambda: _freeze(told)
    try:
        work()
        told.send("")
    except Exception as error:  # noqa: BLE001  whatever it is, it is told
        told.send(f"{type(error).__name__}: {error}")


def _freeze(told: Connection) -> None:
    told.send("frozen")
    os.kill(os.getpid(), signal.SIGSTOP)
