"""LAKEHOUSE_HOME is this user's alone: its folders have mode 0700, its files 0600.

It holds data, logs and run records. Children (dbt, emulators) inherit the umask.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import structlog

from ingestion.settings import SettingError, Settings

OTHERS = 0o077
"""The bits of group and others."""
OURS = ("dlt", "doctor", "lake", "locks", "logs", "runs", "services", "site", "target")
"""Folders of the home."""
log = structlog.get_logger()


def make_private(settings: Settings) -> None:
    """Write for this user alone from now on; of an older home take away what others may read.

    A lake in a folder outside of the home may be meant for others: then the user's own umask holds, and the home's
    mode protects what lies in it. Raises `SettingError` for a home that other users write to, such as /tmp.
    """
    home = settings.home
    if settings.root.startswith("s3://") or Path(settings.root).is_relative_to(home):
        os.umask(OTHERS)
    else:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not home.is_dir() or not (was := stat.S_IMODE(home.stat().st_mode)) & OTHERS:
        return
    if was & stat.S_ISVTX:
        raise SettingError(f"LAKEHOUSE_HOME is {home}, which other users write to: expected a folder of its own")
    try:
        home.chmod(was & ~OTHERS)
    except PermissionError:
        log.warning("home_open_to_others", home=str(home), mode=f"{was:04o}", fix=f"its owner: chmod 700 {home}")
        return
    changed = sum(_close(path) for path in _contents(home))
    log.warning("home_was_open_to_others", home=str(home), mode_before=f"{was:04o}", mode="0700", files=changed)


def _contents(home: Path) -> Iterator[Path]:
    for name in OURS:
        yield home / name
        for folder, folders, files in os.walk(home / name):
            yield from (Path(folder, inner) for inner in (*folders, *files))


def _close(path: Path) -> bool:
    """True if others could read it."""
    with suppress(FileNotFoundError, PermissionError):  # another process removes it; it is another user's
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & OTHERS:
            path.chmod(stat.S_IMODE(mode) & ~OTHERS)
            return True
    return False
