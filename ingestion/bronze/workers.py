"""Many tables at once: worker threads that keep their connections and take tables from one list.

Threads, not processes: reading, hashing, packing and committing release the interpreter's lock, so two cores are
busy with two threads, and more of them wait for networks. A table's failure is its own; a source that can't be
reached fails its other tables at once instead of waiting for each.
"""

import importlib
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from typing import TypeVar

from ingestion.bronze.errors import Interrupted
from ingestion.source import Reader, Source
from ingestion.spec import SourceUnavailable, Table

WORKERS = 4
"""Tables at a time."""
LOOK_S = 0.5
"""Seconds between two looks at the workers."""
GRACE_S = 1.0
"""Seconds that an interrupt leaves to the tables under way, so that most give their lease back."""

Job = tuple[Source, Table]
T = TypeVar("T")


class Stopped(Exception):
    """The run was interrupted; raised inside a load between two batches, so that it commits nothing."""


class Work:
    """The tables that are left, and what the workers know together."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._left = dict(enumerate(jobs))
        self._connections: Counter[str] = Counter()
        self._down: dict[str, SourceUnavailable] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def take(self, connected: set[str]) -> tuple[int, Job] | None:
        """The next table: best of a source that the worker is connected to, else of the one with fewest connections."""
        with self._lock:
            if not self._left or self._stop.is_set():
                return None
            index = min(self._left, key=lambda i: self._rank(self._left[i][0].name, connected))
            return index, self._left.pop(index)

    def _rank(self, source: str, connected: set[str]) -> tuple[bool, int]:
        return source not in connected, self._connections[source]

    def connect(self, source: Source, stack: ExitStack) -> Reader:
        """Open a connection on the stack; what one worker couldn't reach, no other tries again."""
        with self._lock:
            self._connections[source.name] += 1
            if source.name in self._down:
                raise self._down[source.name]
        try:
            return stack.enter_context(source.connect())
        except SourceUnavailable as error:
            with self._lock:
                self._down.setdefault(source.name, error)
            raise

    def stop(self) -> None:
        """Take no more tables, and end those that are under way."""
        self._stop.set()

    @property
    def is_stopped(self) -> bool:
        """True once the run was interrupted."""
        return self._stop.is_set()

    def check(self) -> None:
        """Raises Stopped once the run was interrupted."""
        if self.is_stopped:
            raise Stopped("interrupted")


class Worker:
    """One thread's connections, one for each source at most."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._open: dict[str, tuple[ExitStack, Reader]] = {}

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error: object) -> None:
        for name in list(self._open):
            self.drop(name)

    def take(self) -> tuple[int, Job] | None:
        """The next table for this worker."""
        return self._work.take(set(self._open))

    def reader(self, source: Source) -> Reader:
        """A connection to the source, kept for its next table; raises SourceUnavailable."""
        if source.name not in self._open:
            with ExitStack() as stack:
                reader = self._work.connect(source, stack)
                self._open[source.name] = (stack.pop_all(), reader)
        return self._open[source.name][1]

    def drop(self, name: str) -> None:
        """Close a connection; after an error nobody knows what state it is in."""
        if name in self._open:
            self._open.pop(name)[0].close()


def each(
    jobs: Sequence[Job],
    do: Callable[[Source, Reader, Table, Work], T],
    failed: Callable[[Source, Table, Exception], T],
    workers: int = WORKERS,
) -> list[T]:
    """Do something with each table, `workers` at a time, and `failed` with what it raised; answers in their order.

    Raises Interrupted on Ctrl-C and SIGTERM, within about a second, whatever the tables under way wait for.
    """
    import_early()
    work = Work(jobs)
    done: dict[int, T] = {}

    def run() -> None:
        with Worker(work) as worker:
            while taken := worker.take():
                index, (source, table) = taken
                try:
                    done[index] = do(source, worker.reader(source), table, work)
                except Exception as error:  # noqa: BLE001  one table's failure, of whatever kind, is not the others'
                    if work.is_stopped:
                        return
                    worker.drop(source.name)
                    done[index] = failed(source, table, error)

    workers = min(workers, len(jobs))
    pool = ThreadPoolExecutor(workers or 1, thread_name_prefix="ingest")
    futures: list[Future[None]] = []
    try:
        futures += [pool.submit(run) for _ in range(workers)]
        _wait(futures)
    except KeyboardInterrupt:
        work.stop()
        with suppress(KeyboardInterrupt):
            wait(futures, timeout=GRACE_S)
        raise Interrupted from None
    except BaseException:
        work.stop()
        pool.shutdown()
        raise
    pool.shutdown()
    return [done[index] for index in range(len(jobs))]


def _wait(futures: Sequence[Future[None]]) -> None:
    """Wait for all, or for the first that raises.

    polars handles SIGINT with SA_RESTART, after which the kernel continues a wait that has no timeout: Ctrl-C would be
    seen at its end.
    """
    left = set(futures)
    while left:
        done, left = wait(left, timeout=LOOK_S, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()


def import_early() -> None:
    """Modules that one thread imports while another takes the half-made module for the whole."""
    for name in ("boto3", "pandas", "polars"):
        with suppress(ImportError):
            importlib.import_module(name)
