"""Rows beyond the source's clock: in quarantine once, as long as the source sends them so, and never in the table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from ingestion.bronze.backfill import Period, past
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import ContractViolation, RuleBroken
from ingestion.bronze.quarantine.out_of_window import Future
from ingestion.bronze.quarantine.replay import replay
from ingestion.spec import Table
from ingestion.values.cursors import FUTURE, LARGEST
from tests.unit.bronze.memory import INSTANT, ORDERS, Lake, Memory, at, orders, source, us

NOW = datetime(2026, 10, 15, 23, tzinfo=UTC)
PLAIN = replace(ORDERS, lookback=timedelta(0))
AGES = 9e9
"""Seconds after which it is the year 2312."""
ENDLESS = {"infinity": 2**63 - 1, "2300": 10**16, "an hour": us(NOW + timedelta(hours=1))}


def ahead(lake: Lake) -> list[str]:
    """The positions of the rows beyond the clock in quarantine, those of one row as often as it is there."""
    if Bronze(f"{lake.settings.bronze}/memory__orders__quarantine", "").table is None:
        return []
    return sorted(row["position"].split("id=")[1] for row in lake.quarantine() if row["rule"] == FUTURE)


def watermark(lake: Lake) -> int | None:
    return Bronze(f"{lake.settings.bronze}/memory__orders", "memory.orders").committed()


@pytest.mark.parametrize("table", [ORDERS, PLAIN], ids=["lookback", "no lookback"])
def test_such_a_row_is_stored_once_and_moves_nothing(lake: Lake, table: Table) -> None:
    rows = orders(("a", 1), ("f", AGES))
    for _ in range(3):
        lake.load(Memory(rows), table)
    assert (lake.values(), ahead(lake), watermark(lake)) == (["a"], ["f"], us(at(1)) + 1)
    assert len(lake.loads()) == 1
    lake.load(Memory(orders(("a", 1), ("b", 2), ("f", AGES), ("g", AGES))), table)
    assert (lake.values(), ahead(lake), watermark(lake)) == (["a", "b"], ["f", "g"], us(at(2)) + 1)


@pytest.mark.parametrize("instant", ENDLESS.values(), ids=ENDLESS)
def test_infinity_and_the_year_2300_lie_beyond_the_clock(lake: Lake, instant: int) -> None:
    stamped = pa.table({"Id": ["f", "a"], "UpdatedAt": pa.array([instant, us(at(1))], INSTANT)})
    assert lake.load(Memory(stamped)).quarantined == 1
    assert (lake.values(), ahead(lake)) == (["a"], ["f"])


def test_a_row_lands_when_the_clock_has_passed_it_and_leaves_quarantine(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = (NOW - at(0)).total_seconds() + 3600
    reader = Memory(orders(("a", 1), ("f", moment)))
    lake.load(reader, PLAIN)
    monkeypatch.setenv("LAKEHOUSE_NOW", (NOW + timedelta(hours=2)).isoformat())
    assert lake.load(reader, PLAIN).landed == 1
    assert (lake.values(), ahead(lake), watermark(lake)) == (["a", "f"], [], us(at(moment)) + 1)
    version = lake.delta().version()
    assert lake.load(reader, PLAIN).entry is None
    assert lake.delta().version() == version


def test_a_row_that_its_source_corrected_lands_and_leaves_quarantine(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), ("f", AGES))))
    lake.load(Memory(orders(("a", 1), ("f", 5))))
    assert (lake.values(), ahead(lake)) == (["a", "f"], [])


def test_a_row_that_changes_beyond_the_clock_is_stored_as_it_is_now(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), ("f", AGES), Total=[1, 2])))
    lake.load(Memory(orders(("a", 1), ("f", AGES), Total=[1, 3])))
    assert [row["payload"].endswith('"total": 3}') for row in lake.quarantine()] == [True]


def test_a_row_deleted_or_given_an_old_cursor_leaves_with_a_command_that_loads_it(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 100), ("f", AGES))))
    reader = Memory(orders(("a", 100), ("f", 5)))
    with capture_logs() as logs:
        lake.load(reader)
    assert ahead(lake) == []
    [told] = [log["to_load_them"] for log in logs if log["event"] == "quarantine.left_for_nothing"]
    assert told == "lakehouse ingest memory --table orders --full"
    lake.load(reader, full=True)
    assert lake.values() == ["a", "f"]


def test_a_row_whose_missing_cursor_was_set_lands_and_leaves_quarantine(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), ("b", None), ("c", None))))
    lake.load(Memory(orders(("a", 1), ("b", 5), ("c", None))))
    assert lake.values() == ["a", "b"]
    assert [(row["rule"], row["position"]) for row in lake.quarantine()] == [("null_cursor", "updated_at=None id=c")]


def test_a_row_without_a_cursor_that_its_source_deleted_leaves_with_the_next_window(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), ("b", None))))
    with capture_logs() as logs:
        lake.load(Memory(orders(("a", 1))))
        assert len(lake.quarantine()) == 1  # nothing new: nothing is read
        lake.load(Memory(orders(("a", 1), ("d", 2))))
    assert lake.quarantine() == []
    assert [log["rows"] for log in logs if log["event"] == "quarantine.left_for_nothing"] == []


def test_a_table_with_nothing_else_has_no_watermark_that_skips_what_comes(lake: Lake) -> None:
    lake.load(Memory(orders(("f", AGES), (None, None))))
    assert (lake.values(), watermark(lake)) == ([], None)
    lake.load(Memory(orders(("f", AGES), (None, None), ("old", -3e9))))  # in the year 1931
    assert (lake.values(), ahead(lake)) == (["old"], ["f"])


def test_numbers_know_no_clock(lake: Lake) -> None:
    """Nanoseconds since 1970 and ids of 64 bits are larger than microseconds of now."""
    table = Table("Orders", key=("Id",), cursor="Seq")
    numbers = [-5, 1_800_000_000_000_000_000, 2**62, LARGEST]
    reader = Memory(pa.table({"Id": list("abcd"), "Seq": pa.array(numbers, pa.int64())}), cursor="Seq")
    for _ in range(2):
        lake.load(reader, table)
    assert (lake.values(), watermark(lake), ahead(lake)) == (["a", "b", "c"], 2**62 + 1, ["d"])


def fill(lake: Lake, reader: Memory) -> None:
    lake.load(reader, planner=partial(past, Period(at(-86_400), at(0))))


def find_deletions(lake: Lake, reader: Memory) -> None:
    lake.load(reader, replace(ORDERS, deletes="sweep"), reconcile=True)


@pytest.mark.parametrize(
    "load",
    [lambda lake, reader: lake.load(reader, full=True), fill, find_deletions],
    ids=["--full", "backfill", "--reconcile-keys"],
)
def test_every_kind_of_load_treats_them_alike(lake: Lake, load: Callable[[Lake, Memory], Any]) -> None:
    lake.load(Memory(orders(("a", 1), ("f", AGES))), replace(ORDERS, deletes="sweep"))
    before = watermark(lake)
    load(lake, Memory(orders(("a", 1), ("old", -5), ("g", AGES))))
    assert (ahead(lake), watermark(lake)) == (["g"], before)
    assert {row["id"] for row in lake.rows()} <= {"a", "old"}


def test_a_key_of_which_only_the_last_version_lies_ahead_is_not_gone(lake: Lake) -> None:
    table = replace(ORDERS, deletes="sweep")
    lake.load(Memory(orders(("a", 1), ("b", 2))), table)
    lake.load(Memory(orders(("a", AGES), ("b", 2))), table, reconcile=True)
    assert [row["id"] for row in lake.rows() if row["_is_deleted"]] == []
    assert ahead(lake) == ["a"]


def test_a_replay_leaves_them_where_they_are(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a row is of the past, only its source can say; it may have been corrected since."""
    lake.load(Memory(orders(("a", 1), ("f", AGES), (None, AGES))))
    monkeypatch.setenv("LAKEHOUSE_NOW", "2400-01-01T00:00:00Z")
    table = replace(ORDERS, severities={"null_key": "warn"})
    result = replay(source(table), table, lake.settings, "run-2")
    assert (result.landed, dict(result.kept)) == (0, {FUTURE: 2})
    assert (lake.values(), ahead(lake)) == (["a"], ["None", "f"])


def test_error_stops_the_load_and_warn_is_refused(lake: Lake) -> None:
    reader = Memory(orders(("a", 1), ("f", AGES)))
    with pytest.raises(RuleBroken, match="future_cursor"):
        lake.load(reader, replace(ORDERS, severities={FUTURE: "error"}))
    with pytest.raises(ContractViolation, match="future_cursor can't be warn, as the row's _version would beat every"):
        lake.load(reader, replace(ORDERS, severities={FUTURE: "warn"}))


@pytest.mark.parametrize("others", [99, 98], ids=["1 %", "more"])
def test_many_of_them_ask_whether_the_column_is_local_time(lake: Lake, others: int) -> None:
    hours = (NOW - at(0)).total_seconds() / 3600
    rows = [("a", 1.0)] * others + [("f", (hours + 2) * 3600), ("g", (hours + 1.5) * 3600)][: 1 if others == 99 else 2]
    with capture_logs() as logs:
        lake.load(Memory(orders(*rows)))
    found = [log for log in logs if log["event"] == "cursor.ahead"]
    if others == 99:
        assert found == []
    else:
        [told] = found
        assert (told["smallest_offset"], told["largest_offset"]) == ("1:30:00", "2:00:00")
        assert (told["rows"], told["of"], told["question"]) == (2, 100, "is this column local time, not UTC?")


class Killed(BaseException):
    """Nothing in the code under test can catch it, as nothing catches SIGKILL."""


def test_a_load_that_dies_before_they_leave_is_finished_by_the_next(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise Killed

    lake.load(Memory(orders(("a", 1), ("f", AGES))))
    reader = Memory(orders(("a", 1), ("f", 5)))
    with monkeypatch.context() as patch:
        patch.setattr(Future, "let_go", dies)
        with pytest.raises(Killed):
            lake.load(reader)
    assert (lake.values(), ahead(lake)) == (["a", "f"], ["f"])
    lake.load(reader)
    assert (lake.values(), ahead(lake)) == (["a", "f"], [])
    version = lake.delta().version()
    lake.load(reader)
    assert lake.delta().version() == version


KEYS = st.sampled_from("abc")
STEPS = st.lists(st.tuples(KEYS, st.sampled_from(["past", "ahead", "gone"])), min_size=1, max_size=4)


@settings(
    max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(days=st.lists(STEPS, min_size=2, max_size=5))
def test_after_any_history_quarantine_holds_what_the_source_holds_ahead(tmp_path_factory, lake: Lake, days) -> None:
    """Keys go ahead, are corrected, are deleted; each day ends with a load."""
    lake = Lake(replace(lake.settings, root=str(tmp_path_factory.mktemp("lake"))))
    held: dict[str, float] = {}
    seen: set[tuple[str, datetime]] = set()
    for day, steps in enumerate(days):
        for number, (key, step) in enumerate(steps):
            held.pop(key, None)
            if step != "gone":
                held[key] = 100 * day + number + (AGES if step == "ahead" else 0)
        lake.load(Memory(orders(*held.items())))
        seen |= {(key, at(second)) for key, second in held.items() if second < AGES}
        assert ahead(lake) == sorted(key for key, second in held.items() if second >= AGES)
    landed = {(row["id"], row["updated_at"]) for row in lake.rows()} if seen else set()
    assert landed == seen


def test_a_row_that_the_clock_passes_and_that_breaks_another_rule_stays_in_quarantine_under_that(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window reads it only once after the clock has passed it."""
    moment = (NOW - at(0)).total_seconds() + 3600
    reader = Memory(orders(("a", 1), (None, moment)))
    lake.load(reader, PLAIN)
    assert [row["rule"] for row in lake.quarantine()] == [FUTURE]
    monkeypatch.setenv("LAKEHOUSE_NOW", (NOW + timedelta(hours=2)).isoformat())
    for _ in range(2):
        lake.load(reader, PLAIN)
        assert (lake.values(), [row["rule"] for row in lake.quarantine()]) == (["a"], ["null_key"])
