"""Rows that come later with the newest cursor."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from ingestion.spec import Table
from tests.unit.bronze.memory import Lake, Memory, at, orders

TABLE = Table("Orders", key=("Id",), cursor="At")


def assert_lands_once(lake: Lake, rows: pa.Table, ids: str) -> None:
    """After a load the table holds these ids; a second one asks for no rows and commits nothing."""
    reader = Memory(rows, cursor="At", counts_ties=True)
    lake.load(reader, TABLE)
    assert lake.values() == list(ids)
    asked, version = len(reader.asked), lake.delta().version()
    assert lake.load(reader, TABLE).entry is None
    assert (len(reader.asked), lake.delta().version()) == (asked, version)


def test_a_row_that_comes_with_the_newest_number_lands_and_no_news_is_no_commit(lake: Lake) -> None:
    for ids in ("a", "ab", "abc"):
        rows = pa.table({"Id": list(ids), "At": pa.array([7] * len(ids), pa.int64())})
        assert_lands_once(lake, rows, ids)


def test_a_row_that_comes_with_the_newest_number_is_not_lost_behind_a_larger_one(lake: Lake) -> None:
    for ids, numbers in (("a", [7]), ("abc", [7, 7, 8])):
        rows = pa.table({"Id": list(ids), "At": pa.array(numbers, pa.int64())})
        lake.load(Memory(rows, cursor="At", counts_ties=True), TABLE)
    assert lake.values() == ["a", "b", "c"]


def test_a_second_is_not_over_with_its_first_row(lake: Lake) -> None:
    table = Table("Orders", key=("Id",), cursor="UpdatedAt")
    for rows in ([("a", 5.0)], [("a", 5.0), ("b", 5.0)]):
        lake.load(Memory(orders(*rows), counts_ties=True), table)
    assert lake.values() == ["a", "b"]


def test_a_day_is_read_until_it_is_over_by_the_lag(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row changed on that day has the same cursor, so the count says nothing: the day's end reads it once more."""
    midnight = datetime(2026, 10, 2, tzinfo=UTC)
    for after, total, read in ((-1, 1, True), (2, 2, False), (6, 3, True), (60, 4, False)):
        monkeypatch.setenv("LAKEHOUSE_NOW", (midnight + timedelta(minutes=after)).isoformat())
        rows = pa.table({"Id": ["a"], "At": pa.array([at(0).date()]), "Total": [total]})
        reader = Memory(rows, cursor="At", counts_ties=True)
        lake.load(reader, TABLE)
        assert bool(reader.asked) == read
    assert lake.values("total") == [1, 3]


@pytest.mark.parametrize("days", [1, 2])
def test_a_row_that_comes_with_the_newest_day_after_it_is_over_lands_once(lake: Lake, days: int) -> None:
    """A nightly batch writes a day's rows when the day is over; a load may have seen some of them, or a later day."""
    for ids, cursors in (("a", [0]), ("ab", [0, 0]), ("abc", [0, 0, days - 1])):
        rows = pa.table({"Id": list(ids), "At": pa.array([at(day * 86_400).date() for day in cursors])})
        assert_lands_once(lake, rows, ids)


def test_a_day_that_is_null_is_no_day_of_the_future(lake: Lake) -> None:
    days = pa.array([at(0).date(), None])
    result = lake.load(Memory(pa.table({"Id": ["a", "b"], "At": days}), cursor="At"), TABLE)
    assert (lake.values(), result.quarantined) == (["a"], 1)
    assert [row["rule"] for row in lake.quarantine()] == ["null_cursor"]


def test_a_row_of_the_newest_day_that_comes_together_with_the_next_day_is_not_lost(lake: Lake) -> None:
    for ids, cursors in (("a", [0]), ("abc", [0, 0, 1])):
        rows = pa.table({"Id": list(ids), "At": pa.array([at(day * 86_400).date() for day in cursors])})
        lake.load(Memory(rows, cursor="At", counts_ties=True), TABLE)
    assert lake.values() == ["a", "b", "c"]
