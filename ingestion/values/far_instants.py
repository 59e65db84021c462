"""Instants and days that Python's and Spark's calendars lack, as PostgreSQL writes them: infinity, years after 9999,
and years before Christ. Arrow's own texts are wrong there: its years wrap at 32767."""

from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kind

EARLIEST_US, LATEST_US = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The years 1 to 9999."""
WRAPPED_US = -(2**62)
"""No database has instants before it: smaller numbers are PostgreSQL's years from 294247 on, which 64 bits since 1970
can't count, less 2^64."""
DAY_US = 86_400_000_000
_US = {"s": 1_000_000, "ms": 1_000, "us": 1}
CYCLE_DAYS, CYCLE_YEARS = 146_097, 400
"""After which the calendar repeats itself."""


def texts(column: pa.Array) -> list[str | None]:
    """Days and instants as ISO 8601; those beyond the years 1 to 9999 as PostgreSQL writes them.

    The largest and the smallest number of the type stand for infinity and -infinity, as in PostgreSQL.
    """
    strings, far = column.cast(pa.string()).to_pylist(), far_texts(column)
    return [far.get(row, text and text.replace(" ", "T")) for row, text in enumerate(strings)]


def far_texts(column: pa.Array) -> dict[int, str]:
    """Row -> text of the days and instants beyond the years 1 to 9999."""
    unit = 0 if kind.is_date32(column.type) else _US.get(getattr(column.type, "unit", ""), 0)
    if not (kind.is_date32(column.type) or unit):
        return {}
    bits = 32 if kind.is_date32(column.type) else 64
    numbers = column.view(pa.int32() if bits == 32 else pa.int64()).cast(pa.int64())
    size = unit or DAY_US
    beyond = pc.or_(pc.less(numbers, EARLIEST_US // size), pc.greater(numbers, LATEST_US // size))
    rows = pc.indices_nonzero(pc.fill_null(beyond, False)).to_pylist()
    return {row: _far(numbers[row].as_py(), bits, unit) for row in rows}


def _far(number: int, bits: int, unit: int) -> str:
    if number in (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1):
        return "infinity" if number > 0 else "-infinity"
    if not unit:
        return "".join(_day(number))
    days, rest_us = divmod(number * unit + (2**64 if number * unit < WRAPPED_US else 0), DAY_US)
    day, era = _day(days)
    clock = timedelta(microseconds=rest_us)
    hours, seconds = divmod(clock.seconds, 3600)
    return f"{day}T{hours:02}:{seconds // 60:02}:{seconds % 60:02}.{clock.microseconds:06}Z{era}"


def _day(days: int) -> tuple[str, str]:
    """A day since 1970 as year-month-day, and its era where that is before Christ."""
    cycles, rest = divmod(days - (date(2000, 1, 1) - date(1970, 1, 1)).days, CYCLE_DAYS)
    day = date(2000, 1, 1) + timedelta(days=rest)
    year = day.year + cycles * CYCLE_YEARS
    era = "" if year > 0 else " BC"
    return f"{year if year > 0 else 1 - year:04}-{day:%m-%d}", era
