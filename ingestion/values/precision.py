"""Fractions of a second below microseconds, which no engine here keeps: rule `lost_precision`."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kind
import structlog

from ingestion.spec import Severity, Table

LOST = "lost_precision"
DEFAULT: Severity = "warn"
"""The row lands with its microseconds."""
_BELOW = r"[:0-9]\.[0-9]{6}[0-9]*[1-9]"

log = structlog.get_logger()


def may_be_lost(table: Table) -> bool:
    """True if such a row lands, with a warning."""
    return table.severities.get(LOST, DEFAULT) == "warn"


def finer(values: pa.Array, held: pa.Array) -> pa.Array | None:
    """Which values are instants with more digits than what is held of them has; None where none is.

    Zeros below microseconds lose nothing.
    """
    if not kind.is_timestamp(held.type):
        return None
    if kind.is_timestamp(values.type) and values.type.unit == "ns":
        nanoseconds = values.cast(pa.int64())
        flags = pc.not_equal(nanoseconds, pc.multiply(pc.divide(nanoseconds, 1000), 1000))
    elif kind.is_string(values.type) and _have_points(letters := values.cast(pa.binary())):
        flags = pc.match_substring_regex(letters, _BELOW)
    else:
        return None
    flags = pc.and_(pc.fill_null(flags, False), pc.is_valid(held))
    return flags if pc.any(flags).as_py() else None


def warn_of_loss(table: str, column: str, rows: int, first: str, position: str) -> None:
    """Log how many rows lost digits, and what the first of them was."""
    log.warning("rule.broken", table=table, rule=LOST, column=column, rows=rows, first=first, position=position)


def _have_points(letters: pa.Array) -> bool:
    """True if a value may have a fraction: looking for a point costs less than a pattern."""
    return pc.max(pc.find_substring(letters, b".")).as_py() not in (None, -1)
