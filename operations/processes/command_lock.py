"""One command of a kind at a time on this machine: a lock on a file, which the kernel frees when its holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from ingestion.settings import Settings


class AlreadyRunning(RuntimeError):
    """Another process runs the same command on this lake: which, and how to go on."""

    exit_code = 3


@contextmanager
def alone(settings: Settings, verb: str) -> Iterator[None]:
    """Hold the lock of `lakehouse <verb>` while the block runs; raises `AlreadyRunning` at once where another does."""
    folder = settings.home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{settings.prefix}{verb}.lock"
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(
                f"`lakehouse {verb}` is refused: another one is running ({path} is locked); nothing was done. Wait for "
                f"its end (`lakehouse status`), then `lakehouse {verb}`"
            ) from error
        yield
