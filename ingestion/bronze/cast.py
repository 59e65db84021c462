"""Casts that lose nothing: a value is held exactly, or its row is marked.

What counts as the same value: 3.0 and "3" are the bigint 3, 19.99 is the decimal 19.99 whatever a double makes of its
last digit, midnight is a date, and everything has a text. Not: 3.5 as a bigint, 1 as an instant, 2 as a boolean.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kind

from ingestion.casting import EARLIEST_US, INSTANT, LATEST_US

Cast = Callable[[pa.Array], pa.Array]

_DAY_US = 86_400_000_000
_WIDE = 38


def hold(values: pa.Array, target: pa.DataType) -> tuple[pa.Array, pa.Array | None]:
    """The values as `target`, NULL where one doesn't fit, and where that was so (None: nowhere).

    Each value is judged alone, so the answer doesn't depend on its neighbours: a clean array costs one cast, else
    it is halved until the misfits stand alone.
    """
    if values.type == target and not (kind.is_temporal(target) or kind.is_string(target)):
        return values, None
    held = _halves(values, lambda part: _checked(part, target), target)
    if held.null_count == values.null_count:
        return held, None
    return held, pc.and_(pc.is_valid(values), pc.is_null(held))


def is_text(values: pa.Array) -> pa.Array:
    """Whether each string is valid UTF-8 (true for NULL); drivers hand over what a database let in."""
    flags = _halves(values, _valid_text, pa.bool_())
    return pc.fill_null(flags, False)


def _halves(values: pa.Array, cast: Cast, target: pa.DataType) -> pa.Array:
    try:
        return cast(values)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        if len(values) <= 1:
            return pa.nulls(len(values), target)
    middle = len(values) // 2
    parts = [_halves(values[:middle], cast, target), _halves(values[middle:], cast, target)]
    return pa.concat_arrays(parts)


def _valid_text(values: pa.Array) -> pa.Array:
    values.validate(full=True)
    return pa.repeat(pa.scalar(True), len(values))


def _checked(values: pa.Array, target: pa.DataType) -> pa.Array:
    """The cast, raising ArrowInvalid where any value is lost."""
    for test, cast in _CASTS:
        if test(target):
            return cast(values, target)
    raise pa.ArrowNotImplementedError(f"{target} is no bronze type")


def _to_string(values: pa.Array, target: pa.DataType) -> pa.Array:
    if not kind.is_string(values.type):
        values = values.cast(target)
    values.validate(full=True)
    return values


def _to_integer(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_integer, kind.is_floating, kind.is_decimal, kind.is_boolean, kind.is_string)
    if kind.is_string(values.type):
        _all(pc.match_substring_regex(values, r"^[+-]?[0-9]+$"))
        values = pc.replace_substring_regex(values, r"^\+", "")
    return values.cast(target)


def _to_float(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_integer, kind.is_floating, kind.is_decimal, kind.is_string)
    held = values.cast(target)
    if kind.is_decimal(values.type):
        _all(pc.equal(_to_decimal(held, values.type), values))
    return held


def _to_decimal(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_integer, kind.is_floating, kind.is_decimal, kind.is_string)
    if kind.is_floating(values.type):  # its shortest text is what people meant by it
        values = values.cast(pa.float64()).cast(pa.string())
    elif kind.is_integer(values.type):  # int to decimal looks at the type's width, not at the values
        values = values.cast(pa.decimal128(_WIDE, 0))
    return values.cast(target)


def _to_boolean(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_boolean, kind.is_integer, kind.is_string)
    if kind.is_integer(values.type):
        _all(pc.is_in(values, pa.array([0, 1], values.type)))
    return values.cast(target)


def _to_date(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_date, kind.is_timestamp, kind.is_string)
    held = values.cast(target)
    if kind.is_timestamp(values.type):
        _all(pc.equal(held.cast(INSTANT), _to_instant(values, INSTANT)))
    _in_calendar(held.cast(pa.int32()), unit=_DAY_US)
    return held


def _to_instant(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_date, kind.is_timestamp, kind.is_string)
    if kind.is_string(values.type):
        values = _parsed(pc.replace_substring_regex(values, r"(\.[0-9]{6})[0-9]+", r"\1"))
    nanoseconds = kind.is_timestamp(values.type) and values.type.unit == "ns"
    held = values.cast(target, safe=not nanoseconds)
    _in_calendar(held.cast(pa.int64()), unit=1)
    return held


def _parsed(texts: pa.Array) -> pa.Array:
    """ISO 8601 with an offset, or without one: then it is UTC."""
    try:
        return texts.cast(INSTANT)
    except pa.ArrowInvalid:
        return texts.cast(pa.timestamp("us"))


def _to_binary(values: pa.Array, target: pa.DataType) -> pa.Array:
    return values.cast(target)


def _in_calendar(numbers: pa.Array, unit: int) -> None:
    """The years 1 to 9999; databases know infinity, engines don't."""
    bounds = pc.min_max(numbers)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    if low is not None and (low * unit < EARLIEST_US or high * unit > LATEST_US):
        raise pa.ArrowInvalid("outside the years 1 to 9999")


def _allow(values: pa.Array, *tests: Callable[[pa.DataType], bool]) -> None:
    if not any(test(values.type) for test in tests):
        raise pa.ArrowNotImplementedError(f"{values.type} means something else")


def _all(flags: pa.Array) -> None:
    if pc.all(flags).as_py() is False:
        raise pa.ArrowInvalid("not the same value")


_CASTS = (
    (kind.is_string, _to_string),
    (kind.is_integer, _to_integer),
    (kind.is_floating, _to_float),
    (kind.is_decimal, _to_decimal),
    (kind.is_boolean, _to_boolean),
    (kind.is_date, _to_date),
    (kind.is_timestamp, _to_instant),
    (kind.is_binary, _to_binary),
)
