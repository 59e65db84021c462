"""The process's folder for temporary files, which dies with it.

A process that is killed removes nothing, so each holds a lock on its folder, and the next one removes folders that
nobody holds. A folder that is being made has no lock yet: who locks it sees whether it is still there.
"""

import fcntl
import os
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

PREFIX = "lakehouse-spill-"
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@cache
def folder() -> str:
    """One folder for each process, below TMPDIR; its mode is 0700."""
    remove_abandoned()
    while True:
        made = TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
        _made.append(made)
        with suppress(FileNotFoundError):
            held = os.open(made.name, DIRECTORY)  # until the process ends
            fcntl.flock(held, fcntl.LOCK_EX)
            if Path(made.name).exists():
                return made.name


_made: list[TemporaryDirectory[str]] = []
"""Removed when the interpreter ends."""


def remove_abandoned() -> None:
    """Remove the folders of processes that died; others' folders can't be locked, or not be opened."""
    for path in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            held = os.open(path, DIRECTORY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path)
            finally:
                os.close(held)
