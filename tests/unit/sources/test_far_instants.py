"""Instants beyond the calendar are stored as PostgreSQL writes them."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.columns import INSTANT
from ingestion.instants import to_us
from ingestion.values.cast import try_cast
from ingestion.values.far_instants import texts

DAY_US = 86_400_000_000


@pytest.mark.parametrize(
    ("number", "of", "text"),
    [
        (2**63 - 1, INSTANT, "infinity"),
        (-(2**63), INSTANT, "-infinity"),
        (253_402_300_800_000_000, INSTANT, "10000-01-01T00:00:00.000000Z"),
        (-62_135_596_800_000_001, INSTANT, "0001-12-31T23:59:59.999999Z BC"),
        (-210_866_803_200_000_000, INSTANT, "4714-11-24T00:00:00.000000Z BC"),
        (9_224_318_015_999_999_999 - 2**64, INSTANT, "294276-12-31T23:59:59.999999Z"),
        (2**31 - 1, pa.date32(), "infinity"),
        (-(2**31), pa.date32(), "-infinity"),
        (2_145_042_905, pa.date32(), "5874897-12-31"),
        (-2_440_550, pa.date32(), "4713-01-01 BC"),
        (253_402_300_800, pa.timestamp("s"), "10000-01-01T00:00:00.000000Z"),
    ],
)
def test_what_lies_beyond_the_calendar_is_spelled_as_postgresql_does(number: int, of: pa.DataType, text: str) -> None:
    raw = pa.array([0, number, None], pa.int32() if pa.types.is_date32(of) else pa.int64()).view(of)
    epoch, found, none = texts(raw)
    assert (str(epoch)[:10], found, none) == ("1970-01-01", text, None)


@given(st.datetimes(timezones=st.just(UTC)), st.dates())
def test_the_calendar_s_own_are_as_arrow_spells_them(moment: datetime, day: date) -> None:
    assert texts(pa.array([moment], INSTANT)) == [f"{moment:%Y}".zfill(4) + moment.strftime("-%m-%dT%H:%M:%S.%fZ")]
    assert texts(pa.array([day], pa.date32())) == [day.isoformat()]


@given(st.datetimes(timezones=st.just(UTC)))
def test_the_calendar_repeats_itself_every_400_years(moment: datetime) -> None:
    later = to_us(moment) + 10_000 // 400 * 146_097 * DAY_US
    assert texts(pa.array([later], INSTANT)) == [f"{moment.year + 10_000}" + moment.strftime("-%m-%dT%H:%M:%S.%fZ")]


def test_a_text_column_holds_them_as_their_source_writes_them() -> None:
    raw = pa.array([2**63 - 1, -(2**63), 0, None, 253_402_300_800_000_000], pa.int64()).view(INSTANT)
    held, misfits = try_cast(raw, pa.string())
    found = ["infinity", "-infinity", "1970-01-01 00:00:00.000000Z", None, "10000-01-01T00:00:00.000000Z"]
    assert (held.to_pylist(), misfits) == (found, None)
