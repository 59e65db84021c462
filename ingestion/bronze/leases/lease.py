"""The lease: one load of a table at a time. Correctness doesn't rest on it (the txns do); it saves work.

On one machine it is a lock on a file, which also keeps dlt's working folder to one load; the kernel releases it when
its holder dies. Across machines it is an item in a DynamoDB table besides: `LAKEHOUSE_LEASES=dynamodb:<table>`.
"""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import structlog
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_fixed

from ingestion.bronze.errors import ConcurrentLoad
from ingestion.settings import Settings

log = structlog.get_logger()

POLL = 0.2
"""Seconds between two tries to get a lease that is waited for."""


class Lease(Protocol):
    """The lease that a load holds while it runs."""

    @property
    def token(self) -> int:
        """The fencing token: higher for each holder; 0 where the lease has none."""
        ...

    @property
    def taken_over(self) -> bool:
        """True if the last holder never gave it back: then it may still run, and has to be fenced off."""
        ...

    def check(self) -> None:
        """Raises LeaseLost when someone else may hold it."""
        ...

    def outrank(self, fence: int) -> None:
        """Get a token above the one in the table's log; raises LeaseLost where that is a later holder's."""
        ...


class FileLease:
    """The lock on a file: it can't be lost, and has no tokens."""

    token = 0
    taken_over = False

    def check(self) -> None:
        """It is held until its holder ends."""

    def outrank(self, fence: int) -> None:
        """Nothing to outrank."""


@contextmanager
def lease(settings: Settings, name: str, patience: float = 0.0) -> Iterator[Lease]:
    """Hold a table's lease while its load runs; raises ConcurrentLoad if someone else does, and so for `patience`
    seconds."""
    with ExitStack() as stack:
        waiting = Retrying(
            retry=retry_if_exception_type(ConcurrentLoad),
            wait=wait_fixed(POLL),
            stop=stop_after_delay(patience) if patience else stop_after_attempt(1),
            before_sleep=lambda state: _tell(name, patience, state.attempt_number),
            reraise=True,
        )
        yield waiting(lambda: stack.enter_context(_lease(settings, name)))


def _tell(name: str, patience: float, attempt: int) -> None:
    if attempt == 1:
        log.info("lease.awaited", table=name, at_most_seconds=patience)


@contextmanager
def _lease(settings: Settings, name: str) -> Iterator[Lease]:
    folder = settings.home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder / f"{name}.lock", name):
        if settings.lease_table is None:
            yield FileLease()
            return
        from ingestion.bronze.leases.dynamodb import LeaseTable  # botocore is slow, and only needed here

        # who finds a lease of this very folder held knows that its holder is dead: the lock above is free
        place = f"{socket.gethostname()}:{folder}:{folder.stat().st_ino}"
        with LeaseTable.of(settings.lease_table).hold(f"{settings.bronze}/{name}", place) as held:
            yield held


@contextmanager
def _lock(path: Path, name: str) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConcurrentLoad(
                f"{name}: another load of this table is running on this machine; wait for it, then run again"
            ) from error
        yield
