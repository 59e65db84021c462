"""Windows: every row once, whatever overlaps."""

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.bronze.errors import ContractViolation
from ingestion.spec import Table
from tests.unit.bronze.memory import ORDERS, Lake, Memory, at, orders, us

PLAIN = Table("Orders", key=("Id",), cursor="UpdatedAt")


def test_a_first_load_lands_everything(lake: Lake) -> None:
    result = lake.load(Memory(orders(("a", 1), ("b", 2))))
    assert (result.landed, result.quarantined) == (2, 0)
    assert lake.values() == ["a", "b"]
    [row] = [row for row in lake.rows() if row["id"] == "a"]
    assert (row["updated_at"], row["_version"], row["_source"]) == (at(1), us(at(1)), "memory")
    assert row["_load_id"] == result.entry.load_id


def test_the_window_is_remembered_in_the_log(lake: Lake) -> None:
    reader = Memory(orders(("a", 1)))
    lake.load(reader, PLAIN)
    assert lake.delta().transaction_version("memory.orders") == us(at(1)) + 1
    reader.rows = orders(("a", 1), ("b", 5))
    lake.load(reader, PLAIN)
    assert [(part.low, part.high) for part in reader.asked] == [(None, us(at(1)) + 1), (us(at(1)) + 1, us(at(5)) + 1)]
    assert lake.values() == ["a", "b"]


def test_nothing_new_writes_nothing(lake: Lake) -> None:
    reader = Memory(orders(("a", 1)))
    lake.load(reader)
    version, loads = lake.delta().version(), lake.loads()
    assert lake.load(reader).entry is None
    assert (lake.delta().version(), lake.loads()) == (version, loads)
    assert len(reader.asked) == 1


def test_an_empty_source_makes_no_table(lake: Lake) -> None:
    assert lake.load(Memory(orders())).entry is None
    assert not Path(lake.settings.root).exists()


def test_planning_imports_no_dlt() -> None:
    imports = "import sys, ingestion.bronze.load, operations.commands.ingest"
    code = f"{imports}; print('dlt' in sys.modules, 'pandas' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["False", "False"]


def test_rows_younger_than_the_lag_wait(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_NOW", (at(0) + timedelta(minutes=6)).isoformat())
    reader = Memory(orders(("a", 59), ("b", 61)))
    lake.load(reader)
    assert lake.values() == ["a"]
    monkeypatch.setenv("LAKEHOUSE_NOW", (at(0) + timedelta(minutes=7)).isoformat())
    lake.load(reader)
    assert lake.values() == ["a", "b"]


def test_each_load_has_one_instant_later_than_the_last(lake: Lake) -> None:
    for second in (1, 2, 3):
        lake.load(Memory(orders(*((f"{n}", n) for n in range(second + 1)))))
    instants = sorted({row["_ingest_ts"] for row in lake.rows()})
    assert len(instants) == 3
    assert {moment.microsecond % 1000 for moment in instants} == {0}
    assert {row["_ingest_date"] for row in lake.rows()} == {instants[0].date()}


def test_a_late_row_in_the_overlap_is_landed_and_the_others_are_not_doubled(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), ("b", 5))))
    result = lake.load(Memory(orders(("a", 1), ("late", 3), ("b", 5), ("c", 8))))
    assert lake.values() == ["a", "b", "c", "late"]
    assert (result.entry.rows_read, result.landed, result.entry.rows_already_there) == (4, 2, 2)


def test_equal_rows_of_the_source_stay_as_many(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), ("a", 1))))
    assert lake.values() == ["a", "a"]
    lake.load(Memory(orders(("a", 1), ("a", 1), ("a", 1), ("b", 2)), batch_rows=1))
    assert lake.values() == ["a", "a", "a", "b"]


def test_a_date_can_be_the_cursor(lake: Lake) -> None:
    rows = pa.table({"Id": ["a", "b"], "Day": pa.array([at(0).date(), at(86_400).date()])})
    table = Table("Orders", key=("Id",), cursor="Day")
    lake.load(Memory(rows, cursor="Day"), table)
    assert lake.values("_version") == [us(at(0)), us(at(86_400))]


def test_a_table_without_its_key_stops(lake: Lake) -> None:
    table = Table("Orders", key=("OrderNumber",), cursor="UpdatedAt")
    with pytest.raises(ContractViolation, match=r"memory__orders: there is no column order_number.*id, updated_at"):
        lake.load(Memory(orders(("a", 1))), table)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.integers(1, 200)), max_size=8),
        min_size=1,
        max_size=4,
    ),
    batch_rows=st.integers(1, 5),
)
def test_any_history_with_late_and_equal_rows_lands_as_it_was(tmp_path_factory, lake: Lake, days, batch_rows) -> None:
    """Each day appends rows of its own ten seconds or of the ten before, and the table is loaded."""
    lake = Lake(lake.settings.__class__(**{**vars(lake.settings), "root": str(tmp_path_factory.mktemp("lake"))}))
    history: list[tuple[str, float]] = []
    for day, rows in enumerate(days):
        # the last second of each day is always there, so that its window ends where the next one's overlap begins
        history += [(name, max(0, 10 * day + second - late % 10)) for name, second, late in rows]
        history.append((f"end of {day}", 10 * day + 9))
        lake.load(Memory(orders(*history), batch_rows=batch_rows), ORDERS)
    landed = Counter((row["id"], row["updated_at"]) for row in lake.rows())
    assert landed == Counter((name, at(second)) for name, second in history)
    assert all(
        load["rows_read"] == load["rows_landed"] + load["rows_quarantined"] + load["rows_already_there"]
        for load in lake.loads()
    )
