"""Tables without a cursor: each load reads all of them and lands what differs."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.bronze import backfill, fault_points
from ingestion.bronze.errors import BronzeError, SourceShrunk
from ingestion.bronze.quarantine.replay import replay
from ingestion.spec import Table
from ingestion.values.json_rows import parse_row
from operations.freshness import of_table
from tests.unit.bronze.memory import Lake, Memory, source, us

WHOLE = Table("Orders", key=("Id",))
SWEPT = replace(WHOLE, deletes="sweep")
KEYLESS = Table("Orders", key=())


@dataclass
class Whole(Memory):
    """A table without a cursor."""

    def _window(self, part: Any) -> pa.Table:
        return self.rows


def rows(*pairs: tuple[str | None, Any]) -> pa.Table:
    return pa.table({"Id": pa.array([a for a, _ in pairs], pa.string()), "V": [b for _, b in pairs]})


def history(lake: Lake) -> list[tuple[str, Any]]:
    return [(row["id"], row["v"]) for row in sorted(lake.rows(), key=lambda row: (row["_version"], row["id"]))]


def latest(lake: Lake) -> dict[str, Any]:
    """Each key's latest value, by silver's rule, without those that are deleted."""
    ordered = sorted(lake.rows(), key=lambda row: (row["_version"], row["_ingest_ts"], row["_row_id"]))
    return {key: row["v"] for key, row in {row["id"]: row for row in ordered}.items() if not row.get("_is_deleted")}


def test_a_value_that_returns_lands_again_as_a_row_of_its_own(lake: Lake) -> None:
    for value in ("A", "B", "A"):
        result = lake.load(Whole(rows(("k", value), ("other", "x"))), WHOLE)
        last = lake.delta().transaction_version("memory.orders")
        assert last == max(lake.values("_version")) == us(max(lake.values("_ingest_ts")))
    assert history(lake) == [("k", "A"), ("other", "x"), ("k", "B"), ("k", "A")]
    assert len(set(lake.values("_row_id"))) == 4
    assert (result.entry.rows_read, result.landed, result.entry.rows_already_there) == (2, 1, 1)


@pytest.mark.parametrize("table", [WHOLE, SWEPT, KEYLESS])
@pytest.mark.parametrize("full", [False, True])
def test_nothing_that_differs_makes_no_commit(lake: Lake, table: Table, full: bool) -> None:
    reader = Whole(rows(("a", 1), ("b", 2)))
    lake.load(reader, table)
    version, loads = lake.delta().version(), lake.loads()
    assert lake.load(reader, table, full=full).entry is None
    assert (lake.delta().version(), lake.loads()) == (version, loads)


def test_an_empty_source_makes_no_table(lake: Lake) -> None:
    assert lake.load(Whole(rows()), WHOLE).entry is None
    assert not list(Path(lake.settings.bronze).glob("memory*"))


def test_a_key_that_was_deleted_is_marked_and_lands_again_when_it_is_back_unchanged(lake: Lake) -> None:
    both, one = rows(("a", 1), ("b", 2)), rows(("a", 1))
    for reader, expected in ((both, {"a": 1, "b": 2}), (one, {"a": 1}), (one, {"a": 1}), (both, {"a": 1, "b": 2})):
        lake.load(Whole(reader), SWEPT)
        assert latest(lake) == expected
    assert [(row["v"], row["_is_deleted"]) for row in lake.rows() if row["id"] == "b"].count((2, True)) == 1
    assert len(lake.rows()) == 4
    assert len({load["loaded_at"] for load in lake.loads()}) == 3


def test_without_a_key_equal_rows_are_counted_and_fewer_change_nothing(lake: Lake) -> None:
    for pairs, expected in (
        ([("a", 1), ("a", 1), ("b", 1)], 3),
        ([("a", 1), ("b", 1)], 3),
        ([("a", 1), ("a", 1), ("a", 1), ("b", 1)], 4),
    ):
        lake.load(Whole(rows(*pairs)), KEYLESS)
        assert len(lake.rows()) == expected
    assert Counter(history(lake)) == {("a", 1): 3, ("b", 1): 1}


def test_a_read_of_less_than_half_is_refused_and_what_was_allowed_counts_from_then_on(lake: Lake) -> None:
    lake.load(Whole(rows(*((f"{n}", n) for n in range(10)))), WHOLE)
    few, version = Whole(rows(("0", 0), ("1", 1))), lake.delta().version()
    with pytest.raises(SourceShrunk, match=r"returned 2 rows, the last one 10.*--allow-shrink"):
        lake.load(few, WHOLE)
    with pytest.raises(SourceShrunk, match="returned 0 rows"):
        lake.load(Whole(rows()), WHOLE)
    assert lake.delta().version() == version
    assert lake.load(few, WHOLE, allow_shrink=True).entry.rows_read == 2
    assert lake.load(few, WHOLE).entry is None


def test_a_sweep_that_would_mark_more_than_half_is_refused(lake: Lake) -> None:
    lake.load(Whole(rows(("a", 1), ("b", 2), ("c", 3))), SWEPT)
    others = Whole(rows(("a", 1), ("x", 2), ("y", 3)))
    with pytest.raises(SourceShrunk, match="2 of 3 keys are gone"):
        lake.load(others, SWEPT)
    lake.load(others, SWEPT, allow_shrink=True)
    assert latest(lake) == {"a": 1, "x": 2, "y": 3}


def test_bad_rows_are_stored_once_and_their_keys_are_not_gone(lake: Lake) -> None:
    bad = pa.array([b"\xff"], pa.binary()).view(pa.string())
    lake.load(Whole(rows(("a", "1"), ("b", "2"))), SWEPT)
    broken = pa.table({"Id": ["a", "b", None], "V": pa.concat_arrays([bad, pa.array(["2", "3"])])})
    for _ in range(2):
        lake.load(Whole(broken), SWEPT)
    assert sorted((row["rule"], row["position"]) for row in lake.quarantine()) == [
        ("bad_encoding", "id=a"),
        ("null_key", "id=None"),
    ]
    assert latest(lake) == {"a": "1", "b": "2"}
    lake.load(Whole(pa.table({"Id": ["b", None], "V": ["2", "3"]})), SWEPT)
    assert latest(lake) == {"b": "2"}


def test_a_row_out_of_quarantine_is_older_than_what_came_after_it(lake: Lake) -> None:
    strict, lax = WHOLE, replace(WHOLE, columns={"V": "string"})
    lake.load(Whole(rows(("a", 1))), strict)
    lake.load(Whole(rows(("a", "x"))), strict)
    lake.load(Whole(rows(("a", 3))), strict)
    assert [row["rule"] for row in lake.quarantine()] == ["wrong_type"]
    done = replay(replace(source(lax), parse=parse_row), lax, lake.settings, "run-2")
    assert done.looked_at == 1
    assert latest(lake) == {"a": 3}


def test_a_table_whose_cursor_wrote_later_versions_is_refused(lake: Lake) -> None:
    ids = pa.table({"Id": ["a"], "UpdatedAt": pa.array([2**62], pa.timestamp("us", "UTC")), "N": [2**62]})
    lake.load(Whole(ids.select(["Id"])), WHOLE)
    ahead = lake.delta().to_pyarrow_table()
    from deltalake import write_deltalake

    version = ahead.column_names.index("_version")
    write_deltalake(lake.delta(), ahead.set_column(version, "_version", pa.array([2**62])), mode="append")
    with pytest.raises(BronzeError, match=f"_version of {2**62}.*does not exceed"):
        lake.load(Whole(rows(("a", 1))), WHOLE)


def test_status_shows_when_it_was_read_last(lake: Lake) -> None:
    lake.load(Whole(rows(("a", 1))), WHOLE)
    [instant] = lake.values("_ingest_ts")
    shown = of_table(source(WHOLE), WHOLE, lake.settings, lake.settings.now())
    assert (shown.watermark, shown.loaded_at, shown.age_seconds) == (instant, instant, 0)


def test_a_backfill_is_refused_with_words() -> None:
    assert backfill.refuse(source(WHOLE), WHOLE) == (
        "memory Orders has no cursor: each load reads it whole, as it is now (lakehouse ingest memory)"
    )


class Killed(BaseException):
    """Nothing in the code under test can catch it, as nothing catches SIGKILL."""


def die() -> None:
    raise Killed


@pytest.mark.parametrize("point", ["planned", "extracting", "set_aside", "widened", "committed", "closed"])
def test_a_killed_load_repeats_to_the_same_state(lake: Lake, tmp_path: Path, point: str, monkeypatch) -> None:
    before = Whole(rows(("a", 1), ("b", 2), ("b", 2), (None, 3), ("gone", 1)))
    after = Whole(
        rows(("a", 4), ("b", 2), (None, 3), (None, 4), ("new", 5)).append_column("W", pa.array([None, 1, None, 1, 1]))
    )
    other = Lake(replace(lake.settings, root=str(tmp_path / "other")))
    for one in (lake, other):
        one.load(before, SWEPT)
    other.load(after, SWEPT)
    with monkeypatch.context() as patch:
        patch.setattr(fault_points, "die", die)
        fault_points.arm(point)
        with pytest.raises(Killed):
            lake.load(after, SWEPT)
        patch.setattr(fault_points, "_armed", "")
    lake.load(after, SWEPT)
    assert lake.load(after, SWEPT).entry is None

    def state(of: Lake) -> Counter[Any]:
        return Counter((row["id"], row["v"], row["w"], row["_is_deleted"]) for row in of.rows())

    assert state(lake) == state(other)
    assert {row["_row_id"] for row in lake.rows() if not row["_is_deleted"]} == {
        row["_row_id"] for row in other.rows() if not row["_is_deleted"]
    }
    assert len(lake.quarantine()) == len(other.quarantine()) == 2
    assert len(lake.loads()) == 2


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(
        st.dictionaries(st.sampled_from("abc"), st.sampled_from([None, 1, 2]), max_size=3), min_size=2, max_size=6
    ),
    batch_rows=st.integers(1, 3),
)
def test_after_any_history_the_latest_rows_are_the_source(tmp_path_factory, lake: Lake, days, batch_rows) -> None:
    """Keys come, change back and forth, go and return."""
    lake = Lake(replace(lake.settings, root=str(tmp_path_factory.mktemp("lake"))))
    landed = 0
    for day in days:
        whole = pa.table({"Id": pa.array(day, pa.string()), "V": pa.array(day.values(), pa.int64())})
        lake.load(Whole(whole, batch_rows=batch_rows), SWEPT, allow_shrink=True)
        assert not landed or latest(lake) == day
        landed += len(day)
        assert not landed or latest(lake) == day
    ids = lake.values("_row_id") if landed else []
    assert len(ids) == len(set(ids))
