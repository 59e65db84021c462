"""Casts that lose nothing: a value is held exactly, or its row is marked.

What counts as the same value: 3.0, "3.0" and "3" are the bigint 3, 19.99 is the decimal 19.99 whatever a float or a
double makes of its last digit, midnight is a date, and everything has a text. Not: 3.5 as a bigint, 1 as an instant, 2
as a boolean, 1e400 as a double.
"""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kind

from ingestion.columns import INSTANT
from ingestion.spec import Rejected, Table
from ingestion.values import json_rows
from ingestion.values.decimals import to_decimal
from ingestion.values.far_instants import EARLIEST_US, LATEST_US, far_texts
from ingestion.values.precision import LOST, finer, may_be_lost, warn_of_loss
from ingestion.values.types import to_spark

Cast = Callable[[pa.Array], pa.Array]

_DAY_US = 86_400_000_000
_WHOLE = pa.decimal128(38, 0)
_NOT_FINITE = "^[+-]?(inf|infinity|nan)$"


def cast(
    table: pa.Table,
    types: Mapping[str, pa.DataType],
    position: Callable[[int], str],
    payload: Callable[[int], bytes] | None = None,
    *,
    context: Callable[[int], str] | None = None,
    same_kind: bool = False,
    spec: Table | None = None,
) -> tuple[pa.Table, list[Rejected]]:
    """The table with these types, and the rows with a value that does not fit (rule `wrong_type`), or that loses
    digits where its `spec` says that none may (rule `lost_precision`).

    Other columns stay as they are. `position`, `payload` and `context` tell of a row (from 0) where it stands, what it
    was, and what parsing it needs; if not given, the payload is JSON that `kept.parse_row` reads. `same_kind` refuses
    to read a number from a text: for sources that have types of their own.
    """
    bad: dict[int, tuple[str, str]] = {}
    columns = {name: plain_layout(table.column(name)) for name in table.column_names}
    held = dict(columns)
    for name, target in types.items():
        held[name], misfits = _held(columns[name], target, same_kind)
        for row in pc.indices_nonzero(misfits).to_pylist() if misfits is not None else ():
            what = f"column {name}: {_shown(columns[name], row)!r:.200} is not a {to_spark(target)}"
            bad.setdefault(row, ("wrong_type", what))
        for row in _cut(columns[name], held[name], name, spec, position):
            what = f"column {name}: {_shown(columns[name], row)!r:.200} is finer than microseconds"
            bad.setdefault(row, (LOST, what))
    rows = pa.table(held)
    if not bad:
        return rows, []
    order = sorted(bad)
    texts = [payload(row) for row in order] if payload else json_rows.as_json(columns, order)
    binary = {name: values.type for name, values in columns.items() if kind.is_binary(values.type)}
    same = "" if context else json_rows.context({**types, **binary})
    rejected = [
        Rejected(text, *bad[row], position(row), context(row) if context else same)
        for row, text in zip(order, texts, strict=True)
    ]
    return rows.filter(pa.array([row not in bad for row in range(rows.num_rows)])), rejected


def _cut(values: pa.Array, held: pa.Array, name: str, spec: Table | None, position: Callable[[int], str]) -> list[int]:
    """The rows that may not land with fewer digits; a warning for those that may."""
    flags = finer(values, held) if spec else None
    if flags is None or spec is None:
        return []
    rows: list[int] = pc.indices_nonzero(flags).to_pylist()
    if not may_be_lost(spec):
        return rows
    warn_of_loss(spec.name, name, len(rows), _shown(values, rows[0]), position(rows[0]))
    return []


def _held(values: pa.Array, target: pa.DataType, same_kind: bool) -> tuple[pa.Array, pa.Array | None]:
    if same_kind and values.null_count < len(values) and not of_one_kind(values.type, target):
        return pa.nulls(len(values), target), pc.is_valid(values)
    return try_cast(values, target)


def of_one_kind(one: pa.DataType, other: pa.DataType) -> bool:
    """True if both are numbers, or both times, or one type."""
    return _kind(one) == _kind(other)


def _kind(of: pa.DataType) -> str:
    if kind.is_integer(of) or kind.is_floating(of) or kind.is_decimal(of):
        return "number"
    return "time" if kind.is_temporal(of) else str(of)


def _shown(values: pa.Array, row: int) -> str:
    """Whatever it is, bytes that are no text and instants beyond the calendar included."""
    return str(json_rows.texts_of(values.slice(row, 1))[0])


def plain_layout(column: pa.ChunkedArray) -> pa.Array:
    """The values in a plain layout: drivers bring dictionaries, views, large and extension types."""
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):  # combine_chunks keeps apart what is too large for one array
        values = pa.concat_arrays(values.chunks)
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if kind.is_dictionary(values.type):
        values = values.dictionary_decode()
    if kind.is_run_end_encoded(values.type):
        values = pc.run_end_decode(values)
    if kind.is_large_string(values.type) or kind.is_string_view(values.type):
        values = values.cast(pa.string())
    return values


def try_cast(values: pa.Array, target: pa.DataType) -> tuple[pa.Array, pa.Array | None]:
    """The values as `target`, NULL where one doesn't fit, and where that was so (None: nowhere).

    Each value is judged alone, so the answer doesn't depend on its neighbours: a clean array costs one cast, else
    it is halved until the misfits stand alone.
    """
    if values.type == target and not (kind.is_temporal(target) or kind.is_string(target)):
        return values, None
    held = _bisect(values, lambda part: _checked(part, target), target)
    if held.null_count == values.null_count:
        return held, None
    return held, pc.and_(pc.is_valid(values), pc.is_null(held))


def is_text(values: pa.Array) -> pa.Array:
    """True for each string that is valid UTF-8 (true for NULL); drivers hand over what a database let in."""
    flags = _bisect(values, _valid_text, pa.bool_())
    return pc.fill_null(flags, False)


def _bisect(values: pa.Array, cast: Cast, target: pa.DataType) -> pa.Array:
    try:
        return cast(values)
    except pa.ArrowNotImplementedError:  # no value of this type can be one of that
        return pa.nulls(len(values), target)
    except pa.ArrowInvalid:
        if len(values) <= 1:
            return pa.nulls(len(values), target)
    middle = len(values) // 2
    parts = [_bisect(values[:middle], cast, target), _bisect(values[middle:], cast, target)]
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
        far = far_texts(values) if kind.is_temporal(values.type) else {}
        values = values.cast(target)
        if far:
            values = pa.array([far.get(row, text) for row, text in enumerate(values.to_pylist())], target)
    values.validate(full=True)
    return values


def _to_integer(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_integer, kind.is_floating, kind.is_decimal, kind.is_boolean, kind.is_string)
    if kind.is_string(values.type) and pc.all(pc.match_substring_regex(values, r"^-?[0-9]+$")).as_py() is False:
        values = to_decimal(values, _WHOLE)
    return values.cast(target)


def _to_float(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_integer, kind.is_floating, kind.is_decimal, kind.is_string)
    held = values.cast(target)
    if kind.is_decimal(values.type):
        _all(pc.equal(to_decimal(held, values.type), values))
    if kind.is_string(values.type) and pc.all(pc.is_finite(held)).as_py() is False:
        _all(pc.or_(pc.is_finite(held), pc.match_substring_regex(values, _NOT_FINITE, ignore_case=True)))
    return held


def _to_decimal(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_integer, kind.is_floating, kind.is_decimal, kind.is_string)
    return to_decimal(values, target)


def _to_boolean(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_boolean, kind.is_integer, kind.is_string)
    if kind.is_integer(values.type):
        _all(pc.is_in(values, pa.array([0, 1], values.type)))
    return values.cast(target)


def _to_date(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_date, kind.is_timestamp, kind.is_string)
    held = values.cast(target)
    if kind.is_timestamp(values.type):
        instants = _to_instant(values, INSTANT)
        _all(pc.equal(held.cast(INSTANT), instants))
        if finer(values, instants) is not None:
            raise pa.ArrowInvalid("nanoseconds after midnight")
    _in_calendar(held.cast(pa.int32()), unit=_DAY_US)
    return held


def _to_instant(values: pa.Array, target: pa.DataType) -> pa.Array:
    _allow(values, kind.is_date, kind.is_timestamp, kind.is_string)
    if kind.is_string(values.type):
        if pc.max(pc.find_substring(values, ".")).as_py() != -1:  # looking for a point costs less than a pattern
            values = pc.replace_substring_regex(values, r"(\.[0-9]{6})[0-9]+", r"\1")
        values = _parsed(values)
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
