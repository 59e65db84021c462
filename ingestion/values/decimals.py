"""Numbers as decimals, exactly. Arrow's own casts wrap modulo 2^128 where digits and scale exceed 38, and read beyond
their tables where an exponent is large; each cast here is Arrow's only where the numbers are too small for that.
"""

import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kind

DIGITS, WIDE_DIGITS = 38, 76
"""Of decimal128 and decimal256."""
_UINT64 = pa.decimal128(20, 0)
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")


def to_decimal(values: pa.Array, target: pa.DataType) -> pa.Array:
    """Integers, floats, decimals or texts as `target`; raises ArrowInvalid where a value isn't exactly one."""
    if kind.is_floating(values.type):
        return _of_floats(values, target)
    if kind.is_integer(values.type):
        values = values.cast(_UINT64)
    if kind.is_decimal(values.type):
        if values.type.precision - values.type.scale + target.scale <= DIGITS:
            return values.cast(target)
        values = values.cast(pa.string())
    return _of_texts(values, target)


def _of_floats(values: pa.Array, target: pa.DataType) -> pa.Array:
    """By the shortest text that gives this float again, which is what people meant by it."""
    if kind.is_float16(values.type):
        values = values.cast(pa.float32())
    sizes = pc.abs(values)
    fits = pc.and_(pc.less(sizes, 10.0 ** (target.precision - target.scale)), _reaches(sizes, target.scale))
    if pc.all(fits).as_py() is False:
        raise pa.ArrowInvalid(f"beyond {target}")
    return values.cast(pa.string()).cast(target)


def _reaches(sizes: pa.Array, scale: int) -> pa.Array:
    return pc.or_(pc.greater_equal(sizes, 10.0**-scale), pc.equal(sizes, 0.0))


def _of_texts(values: pa.Array, target: pa.DataType) -> pa.Array:
    longest = pc.max(pc.binary_length(values)).as_py() or 0
    if longest + target.scale > WIDE_DIGITS or _has_exponents(values):
        texts = values.cast(pa.binary()).to_pylist()  # whose bytes may be no text at all
        return pa.array([None if text is None else _one(text, target) for text in texts], target)
    if longest + target.scale > DIGITS:
        values = values.cast(pa.decimal256(WIDE_DIGITS, target.scale))
    return values.cast(target)


def _has_exponents(values: pa.Array) -> bool:
    """True if an e may be among the letters; looking at all of them at once costs next to nothing."""
    _, offsets, letters = values.buffers()
    if letters is None:
        return False
    bounds = np.frombuffer(offsets, np.int32)
    start, end = int(bounds[values.offset]), int(bounds[values.offset + len(values)])
    content = letters.slice(start, end - start).to_pybytes()
    return b"e" in content or b"E" in content


def _one(text: bytes, target: pa.DataType) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise pa.ArrowInvalid(f"{text!r:.100} is no number")
    exact = Context(prec=target.precision, traps=[Inexact, InvalidOperation])
    try:
        return exact.quantize(Decimal(text.decode()), Decimal((0, (1,), -target.scale)))
    except DecimalException:
        raise pa.ArrowInvalid(f"{text!r:.100} is no {target}") from None
