"""A value is held exactly or marked."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.values.cast import is_text, try_cast

INSTANT = pa.timestamp("us", "UTC")
MONEY = pa.decimal128(18, 2)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
LOST = "lost"


@pytest.mark.parametrize(
    ("source", "value", "target", "held"),
    [
        (pa.int32(), 7, pa.int64(), 7),
        (pa.uint64(), 2**64 - 1, pa.int64(), LOST),
        (pa.float64(), 3.0, pa.int64(), 3),
        (pa.float64(), 3.5, pa.int64(), LOST),
        (pa.float64(), float("nan"), pa.int64(), LOST),
        (pa.decimal128(38, 10), Decimal("3.0000000000"), pa.int64(), 3),
        (pa.decimal128(38, 10), Decimal("3.5000000000"), pa.int64(), LOST),
        (pa.string(), "-42", pa.int64(), -42),
        (pa.string(), "+42", pa.int64(), 42),
        (pa.string(), "four", pa.int64(), LOST),
        (pa.string(), "0x10", pa.int64(), LOST),
        (pa.string(), "", pa.int64(), LOST),
        (pa.bool_(), True, pa.int64(), 1),
        (pa.date32(), date(2026, 1, 1), pa.int64(), LOST),
        (pa.int64(), 5, MONEY, Decimal("5.00")),
        (pa.int64(), 10**17, MONEY, LOST),
        (pa.float64(), 19.99, MONEY, Decimal("19.99")),
        (pa.float64(), 19.999, MONEY, LOST),
        (pa.float32(), 0.5, MONEY, Decimal("0.50")),
        (pa.float64(), float("inf"), MONEY, LOST),
        (pa.decimal128(38, 10), Decimal("1.2500000000"), MONEY, Decimal("1.25")),
        (pa.decimal128(38, 10), Decimal("1.2550000000"), MONEY, LOST),
        (pa.decimal256(60, 2), Decimal("1.25"), MONEY, Decimal("1.25")),
        (pa.string(), "1.2", MONEY, Decimal("1.20")),
        (pa.string(), "1.234", MONEY, LOST),
        (pa.string(), "1,20", MONEY, LOST),
        (pa.int64(), 2**53, pa.float64(), float(2**53)),
        (pa.int64(), 2**53 + 1, pa.float64(), LOST),
        (pa.decimal128(18, 2), Decimal("0.10"), pa.float64(), 0.1),
        (pa.decimal128(38, 2), Decimal("123456789012345678.91"), pa.float64(), LOST),
        (pa.int64(), 1, pa.bool_(), True),
        (pa.int64(), 2, pa.bool_(), LOST),
        (pa.string(), "false", pa.bool_(), False),
        (pa.string(), "perhaps", pa.bool_(), LOST),
        (INSTANT, MIDNIGHT, pa.date32(), date(2026, 1, 1)),
        (INSTANT, NOON, pa.date32(), LOST),
        (pa.date64(), date(2026, 1, 1), pa.date32(), date(2026, 1, 1)),
        (pa.string(), "2026-02-28", pa.date32(), date(2026, 2, 28)),
        (pa.string(), "2026-02-30", pa.date32(), LOST),
        (pa.date32(), date(2026, 1, 1), INSTANT, MIDNIGHT),
        (pa.timestamp("s"), NOON.replace(tzinfo=None), INSTANT, NOON),
        (pa.timestamp("ms", "Asia/Tokyo"), NOON, INSTANT, NOON),
        (pa.timestamp("ns"), 1_767_268_800_000_000_123, INSTANT, NOON),
        (pa.timestamp("s"), 10**15, INSTANT, LOST),
        (INSTANT, 2**63 - 1, INSTANT, LOST),
        (pa.int64(), 1_767_268_800, INSTANT, LOST),
        (pa.string(), "2026-01-01T14:00:00.000+0200", INSTANT, NOON),
        (pa.string(), "2026-01-01T12:00:00.000000000Z", INSTANT, NOON),
        (pa.string(), "2026-01-01 12:00:00", INSTANT, NOON),
        (pa.string(), "yesterday", INSTANT, LOST),
        (pa.int64(), 7, pa.string(), "7"),
        (MONEY, Decimal("7.10"), pa.string(), "7.10"),
        (pa.bool_(), True, pa.string(), "true"),
        (pa.date32(), date(2026, 1, 1), pa.string(), "2026-01-01"),
        (pa.time64("us"), 1, pa.string(), "00:00:00.000001"),
        (pa.binary(), b"\xffA", pa.string(), LOST),
        (pa.string(), "text", pa.binary(), b"text"),
    ],
)
def test_a_changed_type(source, value, target, held) -> None:
    array, bad = try_cast(pa.array([None, value, None], source), target)
    assert array.type == target
    if held is LOST:
        assert (array.to_pylist(), bad.to_pylist()) == ([None] * 3, [False, True, False])
    else:
        assert (array.to_pylist(), bad) == ([None, held, None], None)


TEXTS = st.one_of(
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat()),
    st.text(max_size=5),
    st.none(),
)


@settings(deadline=None)
@given(
    st.lists(TEXTS, max_size=12), st.sampled_from([pa.int64(), MONEY, INSTANT, pa.date32(), pa.bool_(), pa.float64()])
)
def test_a_value_is_judged_without_its_neighbours(texts, target) -> None:
    array, bad = try_cast(pa.array(texts, pa.string()), target)
    alone = [try_cast(pa.array([text], pa.string()), target) for text in texts]
    # a nan equals nothing, not even itself
    assert repr(array.to_pylist()) == repr([held.to_pylist()[0] for held, _ in alone])
    assert (bad.to_pylist() if bad is not None else [False] * len(texts)) == [one is not None for _, one in alone]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.binary(max_size=6)), max_size=20))
def test_text_is_what_utf8_can_decode(values) -> None:
    def decodes(value: bytes) -> bool:
        try:
            return value.decode() is not None
        except UnicodeDecodeError:
            return False

    flags = is_text(pa.array(values, pa.binary()).view(pa.string()))
    assert flags.to_pylist() == [value is None or decodes(value) for value in values]
