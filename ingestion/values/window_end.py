"""The end of a window: behind the newest cursor, and with it where rows may still come that have the same one.

An instant is behind the clock by the lag, which covers rows that come later with it. A number has no clock, a day may
get rows after it is over, and an instant that is a whole second may stand for all of it: how many rows have it is
compared before anything is read, and the next window begins with it. A day ends when it is over by the lag, so it is
read once more then.
"""

from datetime import date, datetime
from typing import Any

import pyarrow as pa

from ingestion.clock import Moment
from ingestion.instants import to_us
from ingestion.spec import Slice
from ingestion.values.cursors import DAY_US

SECOND_US = 1_000_000


def ending(high: Any, ties: int | None, moment: Moment) -> Slice:
    """The window up to the largest cursor, which so many rows have; None where the source can't count them."""
    if isinstance(high, date) and not isinstance(high, datetime):
        over_us = to_us(high) + DAY_US
        return Slice("", None, over_us if over_us <= moment.end_us else to_us(high) + 1, newest=ties)
    if isinstance(high, datetime):
        high_us = to_us(high)
        may_come = high_us % SECOND_US == 0 or moment.lag_us == 0
        return Slice("", None, high_us + 1, newest=ties if may_come else None)
    return Slice("", None, int(high) + 1, newest=ties)


def next_low(watermark: int, cursor: pa.DataType | None, *, more_may_come: bool) -> int:
    """The next window's low bound: the newest day or number itself, or behind an instant with which no row can come."""
    if cursor is not None and pa.types.is_date(cursor):
        return (watermark - 1) // DAY_US * DAY_US
    return watermark - 1 if more_may_come else watermark
