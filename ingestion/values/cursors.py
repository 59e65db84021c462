"""Cursors as numbers that grow, and rows whose cursor lies beyond their source's clock.

A row stamped in the future belongs to no window yet: its version would beat every later correction, and a watermark
behind it would skip what comes until then. Every read brings such rows, and bronze keeps each once, in quarantine
under the rule FUTURE, until its source no longer sends it so. The same goes for a number that no watermark can pass.
"""

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kind

from ingestion.columns import INSTANT
from ingestion.values.far_instants import WRAPPED_US

FUTURE = "future_cursor"
LARGEST = 2**63 - 1
"""A watermark is a bigint, and it lies behind the largest cursor: a number from here on is never passed."""
DAY_US = 86_400_000_000
_LAST_DAY = LARGEST // DAY_US


def numbers(cursor: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Microseconds since 1970 of instants and days, infinite ones included; integers and decimals as bigints.

    A decimal too large for one is LARGEST, one too small its opposite. NULL stays NULL.
    """
    if kind.is_date32(cursor.type):
        days = pc.cast(cursor, pa.int32()).cast(pa.int64())
        before = pc.min_element_wise(days, _LAST_DAY, skip_nulls=False)  # else NULL would be the last day
        return pc.multiply(pc.max_element_wise(before, -_LAST_DAY, skip_nulls=False), DAY_US)
    if kind.is_temporal(cursor.type):
        us = pc.cast(cursor, INSTANT, safe=False).cast(pa.int64())
        wrapped = pc.and_(pc.less(us, WRAPPED_US), pc.greater_equal(us, -LARGEST))
        return pc.if_else(wrapped, LARGEST, us) if pc.any(wrapped).as_py() else us
    if kind.is_decimal(cursor.type):
        largest, smallest = (pa.scalar(Decimal(end), pa.decimal128(38, 0)) for end in (LARGEST, -LARGEST))
        whole = pc.cast(cursor, pa.decimal128(38, 0))
        whole = pc.if_else(pc.greater(whole, largest), largest, whole)
        return pc.if_else(pc.less(whole, smallest), smallest, whole).cast(pa.int64())
    return pc.cast(cursor, pa.int64())


def beyond(cursor: pa.Array | pa.ChunkedArray, bound: int | None) -> pa.Array | pa.ChunkedArray | None:
    """Which cursors are the bound or larger; None where none is, and where it is no type that orders."""
    ordered = kind.is_temporal(cursor.type) or kind.is_integer(cursor.type) or kind.is_decimal(cursor.type)
    if bound is None or not ordered or not len(cursor):
        return None
    flags = pc.fill_null(pc.greater_equal(numbers(cursor), bound), False)
    return flags if pc.any(flags).as_py() else None
