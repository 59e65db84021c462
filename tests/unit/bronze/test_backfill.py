"""Backfill: periods of the past, each once, and the watermark where it was."""

from datetime import timedelta
from functools import partial

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.bronze.backfill import NoPast, Period, past, periods, refuse, spelled
from ingestion.spec import Table
from tests.unit.bronze.memory import Lake, Memory, at, orders, source, us

PLAIN = Table("Orders", key=("Id",), cursor="UpdatedAt")


class Killed(BaseException):
    """Nothing in the code under test can catch it."""


def fill(lake: Lake, reader: Memory, start: float, end: float, table: Table = PLAIN):
    return lake.load(reader, table, planner=partial(past, Period(at(start), at(end))))


@given(st.integers(0, 10**6), st.integers(0, 500), st.integers(1, 600))
def test_periods_cover_the_time_once(start: int, length: int, step: int) -> None:
    cut = list(periods(at(start), at(start + length), timedelta(seconds=step)))
    ends = [at(start), *(one.end for one in cut)]
    assert ends == [*(one.start for one in cut), at(start + length)][: len(ends)] or not length
    assert all(one.start < one.end <= one.start + timedelta(seconds=step) for one in cut)
    assert len({one.partition_id for one in cut}) == len(cut)


def test_a_period_is_named_by_days_where_it_can() -> None:
    assert Period(at(0), at(86_400)).partition_id == "backfill/2026-10-01/2026-10-02"
    assert spelled(at(3_600)) == "2026-10-01T01:00:00Z"


def test_a_period_lands_its_rows_and_leaves_the_watermark(lake: Lake) -> None:
    lake.load(Memory(orders(("z", 100))), PLAIN)
    watermark = lake.delta().transaction_version("memory.orders")
    result = fill(lake, Memory(orders(("a", 1), (None, 2), ("b", 3), ("z", 100))), 0, 50)
    assert (result.landed, result.quarantined, result.entry.high_water) == (2, 1, watermark)
    assert lake.values() == ["a", "b", "z"]
    assert lake.delta().transaction_version("memory.orders") == watermark
    assert lake.delta().transaction_version(f"memory.orders/{Period(at(0), at(50)).partition_id}") == 1
    assert lake.loads()[-1]["window_to"] == at(50)


def test_a_finished_period_is_not_read_again(lake: Lake) -> None:
    reader = Memory(orders(("a", 1), ("b", 60)))
    fill(lake, reader, 0, 50)
    version, asked = lake.delta().version(), len(reader.asked)
    assert fill(lake, reader, 0, 50).entry is None
    assert (lake.delta().version(), len(reader.asked)) == (version, asked)


def test_other_steps_over_the_same_time_double_nothing(lake: Lake) -> None:
    reader = Memory(orders(("a", 1), ("a", 1), ("b", 30), ("c", 60)))
    fill(lake, reader, 0, 50)
    result = fill(lake, reader, 0, 100)
    assert (result.landed, result.entry.rows_already_there) == (1, 3)
    assert lake.values() == ["a", "a", "b", "c"]


def test_a_period_ends_where_the_daily_load_begins(lake: Lake) -> None:
    reader = Memory(orders(("a", 10)))
    lake.load(reader, PLAIN)
    reader.rows = orders(("early", 5), ("a", 10), ("new", 20))
    fill(lake, reader, 0, 50)
    assert lake.values() == ["a", "early"]
    assert lake.load(reader, PLAIN).landed == 1
    assert lake.values() == ["a", "early", "new"]


def test_a_table_may_be_filled_before_its_first_load(lake: Lake) -> None:
    reader = Memory(orders(("a", 1), ("b", 60)))
    fill(lake, reader, 0, 50)
    assert lake.load(reader, PLAIN).landed == 1
    assert lake.values() == ["a", "b"]


def test_an_empty_period_writes_nothing(lake: Lake) -> None:
    lake.load(Memory(orders(("z", 100))), PLAIN)
    version = lake.delta().version()
    assert fill(lake, Memory(orders(("z", 100))), 0, 50).entry is None
    assert lake.delta().version() == version


def test_a_backfill_that_died_is_finished_by_the_next(lake: Lake) -> None:
    reader = Memory(orders(("a", 1), (None, 2), ("b", 60)))

    def kill() -> None:
        raise Killed

    spans = list(periods(at(0), at(100), timedelta(seconds=50)))
    fill(lake, reader, 0, 50)
    reader.while_reading = kill
    with pytest.raises(Killed):
        fill(lake, reader, 50, 100)
    reader.while_reading = lambda: None
    results = [lake.load(reader, PLAIN, planner=partial(past, span)) for span in spans]
    assert [result.landed for result in results] == [0, 1]
    assert lake.values() == ["a", "b"]
    assert [row["rule"] for row in lake.quarantine()] == ["null_key"]
    assert len(lake.loads()) == 2


def test_a_cursor_that_counts_has_no_past(lake: Lake) -> None:
    lake.load(Memory(pa.table({"Id": ["a"], "N": [us(at(1))]}), cursor="N"), Table("Orders", ("Id",), "N"))
    with pytest.raises(NoPast, match="cursor N counts and knows no time"):
        fill(lake, Memory(pa.table({"Id": ["a"], "N": [1]}), cursor="N"), 0, 50, Table("Orders", ("Id",), "N"))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (Table("T", ("id",), kind="offsets"), "asked for by offset"),
        (Table("T", ("id",), kind="changes"), "sequence of changes"),
        (Table("T", ("id",), "at", keeps_past=False), "serves no past"),
    ],
)
def test_what_has_no_past_is_refused_with_what_to_do(table: Table, said: str) -> None:
    assert said in str(refuse(source(table), table))
    assert refuse(source(PLAIN), PLAIN) is None
