"""One build on a lake at a time: two that create or append to one table would both succeed, and double its rows.

A lock has a name, the profile's `schema`, so that builds with other schemas don't wait for each other. Ingestion
never takes it: its commits are safe beside a build.
Locally it is a flock on `<root>/.locks/<name>`, which the kernel releases with the process. On S3 it is a lease: the
object `<root>/.locks/<name>`, put only if absent or expired, renewed while the process lives.
"""

import fcntl
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol

from dbt.adapters.events.logging import AdapterLogger
from dbt.adapters.lake.errors import LakeLocked
from dbt.adapters.lake.folder import Folder
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

logger = AdapterLogger("Lake")
PAUSE = 0.5
"""Seconds between two looks at a lock that someone else holds."""


class Lock(Protocol):
    """The right to write."""

    def attempt(self) -> bool:
        """Take it if it is free."""

    def holder(self) -> str:
        """Return the holder, for people."""

    def confirm(self) -> None:
        """Raise `LakeLocked` where someone else has taken it over in the meantime."""

    def release(self) -> None:
        """Let others write."""


def lock_of(folder: Folder, name: str) -> Lock:
    """The lock of this name on a lake, not taken yet."""
    if folder.local:
        return FileLock(Path(folder.base, ".locks", name))
    from dbt.adapters.lake.lease import Lease  # boto3 is needed, and slow to import, on S3 only

    bucket, _, prefix = folder.base.partition("/")
    return Lease(bucket, "/".join(filter(None, [prefix, ".locks", name])), _owner())


def acquire(lock: Lock, timeout: float) -> None:
    """Take a lock, waiting at most `timeout` seconds; then raises `LakeLocked`, naming the holder."""
    if lock.attempt():
        return
    logger.warning(f"waiting up to {timeout:g} s: {lock} is held by {lock.holder()}")
    try:
        Retrying(retry=retry_if_result(lambda won: not won), stop=stop_after_delay(timeout), wait=wait_fixed(PAUSE))(
            lock.attempt
        )
    except RetryError:
        raise LakeLocked(
            f"another build writes to this lake: {lock} is held by {lock.holder()}. Run again when it has ended, or "
            "wait longer for it: lock_timeout in the profile, in seconds"
        ) from None


class FileLock:
    """A flock: held as long as the process lives, whatever kills it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __str__(self) -> str:
        return str(self._path)

    def attempt(self) -> bool:
        """See `Lock`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(_owner())
        file.flush()
        self._file = file
        return True

    def holder(self) -> str:
        """See `Lock`."""
        return self._path.read_text() or "a process that is just ending"

    def confirm(self) -> None:
        """See `Lock`; a flock can't be lost."""

    def release(self) -> None:
        """See `Lock`."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def _owner() -> str:
    """This process, for people: only the command's verb, since its arguments may hold secrets."""
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return (
        f"`{command}`, process {os.getpid()} on {socket.gethostname()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    )
