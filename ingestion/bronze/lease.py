"""The lease: one load of a table at a time. Correctness doesn't rest on it (the txns do); it saves work.

On one machine it is a lock on a file, released by the kernel when its holder dies. A lease across machines takes its
place here.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from ingestion.bronze.errors import ConcurrentLoad
from ingestion.settings import Settings


@contextmanager
def lease(settings: Settings, name: str) -> Iterator[None]:
    """Hold a table's lease while its load runs; raises ConcurrentLoad at once if someone else does."""
    path = settings.home / "locks" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConcurrentLoad(
                f"{name}: another load of this table is running on this machine; wait for it, then run again"
            ) from error
        yield
