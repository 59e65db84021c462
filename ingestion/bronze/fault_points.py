"""Named places at which a load or a replay can be made to die, for `tests/faults`.

LAKEHOUSE_CRASH_AT=<name> or <name>:<n> kills the process at the n-th pass of the place, as a power cut would.
"""

import itertools
import os
import re
import signal

from ingestion.settings import SettingError

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

PLACES = POINTS + FUTURE_POINTS + REPLAY_POINTS
_armed, _nth = "", 1
_passes = itertools.count(1)


def arm_by_setting() -> None:
    """Arm the place that LAKEHOUSE_CRASH_AT names, if it is set; raises SettingError for a place that there isn't."""
    setting = os.environ.get("LAKEHOUSE_CRASH_AT")
    if not setting:
        return
    name, colon, nth = setting.partition(":")
    if name not in PLACES or not re.fullmatch(r"[1-9][0-9]*" if colon else "", nth):
        raise SettingError(
            f"LAKEHOUSE_CRASH_AT is {setting!r}: expected <place> or <place>:<n> with one of the places "
            f"{', '.join(PLACES)}; correct or unset it"
        )
    arm(name, int(nth or 1))


def arm(name: str, nth: int = 1) -> None:
    """Die at the n-th pass of a place; raises ValueError for a place that there isn't."""
    global _armed, _nth, _passes
    if name not in PLACES:
        raise ValueError(f"there is no crash point {name!r}; there are {', '.join(PLACES)}")
    _armed, _nth, _passes = name, nth, itertools.count(1)


def point(name: str) -> None:
    """Die here, if that was asked for."""
    if name == _armed and next(_passes) == _nth:
        die()


def die() -> None:
    """No handler runs, nothing is closed or flushed."""
    os.kill(os.getpid(), signal.SIGKILL)
