"""Named places at which a load or a replay can be made to die, for `tests/faults`.

LAKEHOUSE_CRASH_AT=<name> or <name>:<n> kills the process at the n-th pass of the place, as a power cut would.
"""

import itertools
import os
import signal

POINTS = (
    "leased",  # the lease is held, nothing was looked at
    "planned",
    "fenced",  # who held the lease before, or died between its two commits, can't commit any more
    "swept",
    "extracting",  # after each batch
    "put",  # after each file
    "set_aside",  # the quarantine is committed, the table is not
    "widened",  # new columns are committed, rows are not
    "committed",  # dlt's package is still open
    "closed",  # dlt is done, the row in `loads` is not written
    "told",
    "registering",
)
"""In the order a load passes them, one of a backfill's periods too."""

FUTURE_POINTS = ("let_go",)
"""After rows that the clock has passed left quarantine; the table's log doesn't say so yet."""

REPLAY_POINTS = (
    "judged",  # the good rows are in files, nothing is committed
    "replayed",  # they are in the table, the row in `loads` is not written
    "landed",  # they are still in quarantine
    "emptied",  # they left it, but its log doesn't say yet that the replay is done
)
"""In the order a replay passes them."""

_armed, _, _nth = os.environ.get("LAKEHOUSE_CRASH_AT", "").partition(":")
_passes = itertools.count(1)


def arm(name: str, nth: int = 1) -> None:
    """Die at the n-th pass of a place; raises ValueError for a place that there isn't."""
    global _armed, _nth, _passes
    if name not in (known := POINTS + FUTURE_POINTS + REPLAY_POINTS):
        raise ValueError(f"there is no crash point {name!r}; there are {', '.join(known)}")
    _armed, _nth, _passes = name, str(nth), itertools.count(1)


def point(name: str) -> None:
    """Die here, if that was asked for."""
    if name == _armed and next(_passes) == int(_nth or 1):
        die()


def die() -> None:
    """No handler runs, nothing is closed or flushed."""
    os.kill(os.getpid(), signal.SIGKILL)
