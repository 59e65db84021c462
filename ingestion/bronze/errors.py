"""Errors of bronze. Messages say what happened, where, what was expected and how to go on."""

import re

_NOISE = re.compile(r"\x1b\[[0-9;]*m|↳")
_ENOUGH = 800


class BronzeError(RuntimeError):
    """A load can't go on; nothing of it was committed to the table."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM came while tables were loaded. Threads may be in the middle of one, and the process ends
    without them, as by SIGKILL: no commit is half done."""


class LakeUnavailable(BronzeError):
    """The lake could not be reached or refused us: where, and why."""


class ContractViolation(BronzeError):
    """A whole table, not one of its rows, doesn't have the shape it must have."""


class RuleBroken(BronzeError):
    """A row breaks a rule whose severity is `error`: which, where, and how to go on. Nothing was committed."""


class ConcurrentLoad(BronzeError):
    """Another load of the same table runs or came first; nothing was loaded twice. Run again."""

    exit_code = 3


class LeaseLost(ConcurrentLoad):
    """Another load took this one for dead and took its lease over; this one committed nothing. Run again."""


class LeaseUnavailable(BronzeError):
    """The table of leases could not be reached or refused us: where, and why."""


class SourceShrunk(BronzeError):
    """A full read returned far fewer rows than the last one."""


class OffsetsLost(BronzeError):
    """A stream no longer has what bronze was to read next, or was told to."""


class TopicRecreated(BronzeError):
    """A stream ends before what bronze has read of it: its offsets began again."""


class CountMismatch(BronzeError):
    """Rows read are not landed + quarantined + already there: a fault of this program, so nothing is committed."""


def plainly(error: BaseException | str) -> str:
    """An engine's message on one line, without colours and arrows."""
    text = " ".join(_NOISE.sub(" ", str(error)).split()) or type(error).__name__
    return text if len(text) <= _ENOUGH else f"{text[:_ENOUGH]}…"
