"""Numbers to Arrow columns, whole arrays at a time."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from devstack.generator.timeline import DAY, Array

Text: TypeAlias = "pa.Array | pa.ChunkedArray | str"


def ids(prefix: str, numbers: Array, width: int) -> pa.Array:
    """`prefix` and the number, filled with zeros to `width`."""
    return join(prefix, pc.utf8_lpad(text(numbers), width, "0"))


def text(numbers: Array) -> pa.Array:
    """Whole numbers as people write them."""
    return pc.cast(pa.array(numbers), pa.string())


def pick(words: Sequence[str | None], codes: Array) -> pa.Array:
    """The words with these positions."""
    return pa.array(words, pa.string()).take(pa.array(codes))


def join(*parts: Text) -> pa.Array:
    """The parts, one after the other; a null anywhere makes a null."""
    return pc.binary_join_element_wise(*parts, "")


def money(hundredths: Array) -> pa.Array:
    """int64 hundredths as decimal(18,2), exactly."""
    low = np.ascontiguousarray(hundredths, dtype=np.int64)
    words = np.stack([low, low >> 63], axis=1)
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(low), [None, pa.py_buffer(words)])


def instants(microseconds: Array, zone: str | None = None) -> pa.Array:
    """Microseconds as timestamps; `zone` "UTC" for the sources that carry one."""
    return pa.array(microseconds, pa.int64()).cast(pa.timestamp("us", zone))


def days(numbers: Array) -> pa.Array:
    """Days since 1970 as dates."""
    return pa.array(numbers.astype(np.int32)).cast(pa.date32())


def dates(microseconds: Array) -> pa.Array:
    """The day of each instant."""
    return days(microseconds // DAY)


def only(where: Array, column: pa.Array) -> pa.Array:
    """The column where `where` holds, null elsewhere."""
    return pc.if_else(pa.array(where), column, pa.scalar(None, column.type))


def swap(column: pa.Array, where: Array, other: pa.Array) -> pa.Array:
    """The column, with `other` (as long) where `where` holds."""
    return pc.if_else(pa.array(where), other, column)
