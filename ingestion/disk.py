"""A full disk: the error names the path, also where the library that wrote there doesn't."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskFull(RuntimeError):
    """No space is left: where, and how to go on."""


@contextmanager
def naming_full_disk(path: Path | str) -> Iterator[None]:
    """Raise `DiskFull` with the path for an error of the block that says so, or was caused by one that does."""
    try:
        yield
    except Exception as error:
        full = full_disk(error)
        if full is None or isinstance(error, DiskFull):
            raise
        raise DiskFull(
            f"{full.filename2 or full.filename or path}: no space left on device; free some, then run again: what was "
            "committed stays"
        ) from None


def full_disk(error: BaseException) -> OSError | None:
    """The OSError in an error's chain that says that a disk is full; None where there is none."""
    inner: BaseException | None = error
    seen: list[BaseException] = []
    while inner is not None and inner not in seen:  # an error raised from the one that wraps it is a ring
        if isinstance(inner, OSError) and inner.errno in FULL:
            return inner
        seen.append(inner)
        inner = inner.__cause__ or inner.__context__
    return None
