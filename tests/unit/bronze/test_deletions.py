"""Deletions that leave no row: found by comparing keys, or told by the source."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import write_deltalake

from ingestion.bronze.deletions import Deletions
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import BronzeError, SourceShrunk
from ingestion.clock import Clock
from ingestion.spec import DELETIONS, DeletedKeys, Slice, Table
from tests.unit.bronze.memory import Files, Lake, Memory, at, orders, us

SWEPT = Table("Orders", key=("Id",), cursor="UpdatedAt", deletes="sweep")
FLAGGED = replace(SWEPT, deletes="flag:IsGone")
FOUR = orders(("a", 1), ("b", 2), ("c", 3), ("d", 4), Total=[10, 20, 30, 40])


def latest(lake: Lake) -> dict[str, dict[str, Any]]:
    """Each key's latest row, by silver's rule."""
    rows = sorted(lake.rows(), key=lambda row: (row["_version"], row["_ingest_ts"], row["_row_id"]))
    return {row["id"]: row for row in rows}


def alive(lake: Lake, mark: str = "_is_deleted") -> set[str]:
    return {key for key, row in latest(lake).items() if not row[mark]}


def test_keys_that_are_gone_are_marked_once_with_their_last_values(lake: Lake) -> None:
    lake.load(Memory(FOUR), SWEPT)
    left = Memory(FOUR.slice(1), batch_rows=2)
    result = lake.load(left, SWEPT, reconcile=True)
    assert (result.entry.rows_read, result.landed, result.entry.rows_already_there) == (1, 1, 0)
    assert alive(lake) == {"b", "c", "d"}
    gone = latest(lake)["a"]
    assert (gone["total"], gone["updated_at"], gone["_version"]) == (10, at(1), us(at(1)) + 1)
    assert gone["_load_id"] == result.entry.load_id
    version = lake.delta().version()
    assert lake.load(left, SWEPT, reconcile=True).entry is None
    assert lake.load(left, SWEPT).entry is None
    assert lake.delta().version() == version


def test_rows_that_are_new_and_keys_that_are_gone_come_in_one_commit(lake: Lake) -> None:
    lake.load(Memory(FOUR), SWEPT)
    version = lake.delta().version()
    moved = pa.concat_tables([FOUR.slice(1), orders(("e", 9), Total=[50])])
    result = lake.load(Memory(moved), SWEPT, reconcile=True)
    assert (lake.delta().version(), result.landed) == (version + 1, 2)
    assert alive(lake) == {"b", "c", "d", "e"}


def test_a_key_that_comes_back_with_a_newer_version_is_alive_and_may_go_again(lake: Lake) -> None:
    lake.load(Memory(FOUR), SWEPT)
    lake.load(Memory(FOUR.slice(1)), SWEPT, reconcile=True)
    back = pa.concat_tables([FOUR.slice(1), orders(("a", 9), Total=[11])])
    lake.load(Memory(back), SWEPT)
    assert alive(lake) == {"a", "b", "c", "d"}
    assert lake.load(Memory(back), SWEPT, reconcile=True).entry is None
    lake.load(Memory(FOUR.slice(1)), SWEPT, reconcile=True)
    assert alive(lake) == {"b", "c", "d"}
    assert latest(lake)["a"]["total"] == 11


def test_a_source_that_lost_more_than_half_of_its_keys_is_refused_unless_told(lake: Lake) -> None:
    lake.load(Memory(FOUR), SWEPT)
    version = lake.delta().version()
    for left, gone in ((FOUR.slice(3), 3), (FOUR.slice(4), 4)):
        with pytest.raises(SourceShrunk, match=rf"memory__orders: {gone} of 4 keys are gone.*--allow-shrink"):
            lake.load(Memory(left), SWEPT, reconcile=True)
    assert lake.delta().version() == version
    lake.load(Memory(FOUR.slice(3)), SWEPT, reconcile=True, allow_shrink=True)
    assert alive(lake) == {"d"}


def test_a_table_with_a_mark_of_its_own_shows_the_deletion_there(lake: Lake) -> None:
    flagged = FOUR.append_column("IsGone", pa.array([None, False, True, False]))
    lake.load(Memory(flagged), FLAGGED)
    lake.load(Memory(flagged.slice(3)), FLAGGED, reconcile=True, allow_shrink=True)
    assert alive(lake, "is_gone") == {"d"}
    assert "_is_deleted" not in lake.rows()[0]
    assert len(lake.rows()) == 6  # c was known to be deleted


def test_a_deleted_at_is_the_instant_of_the_load_that_found_it(lake: Lake) -> None:
    table = replace(SWEPT, deletes="deleted_at", columns={"deleted_at": "timestamp"})
    rows = FOUR.append_column("deleted_at", pa.nulls(4, pa.timestamp("us", "UTC")))
    lake.load(Memory(rows), table)
    lake.load(Memory(rows.slice(1)), table, reconcile=True)
    gone = latest(lake)["a"]
    assert gone["deleted_at"] == gone["_ingest_ts"] >= datetime(2026, 10, 15, 23, tzinfo=UTC)


def test_keys_of_several_columns_are_compared_as_a_whole(lake: Lake) -> None:
    table = replace(SWEPT, key=("Id", "Total"))
    rows = orders(("a", 1), ("a", 2), ("b", 3), ("b", 4), Total=[1, 2, 1, 2])
    lake.load(Memory(rows), table)
    result = lake.load(Memory(rows.take([0, 1, 3])), table, reconcile=True)
    assert result.landed == 1
    assert [(row["id"], row["total"]) for row in lake.rows() if row["_is_deleted"]] == [("b", 1)]


@pytest.mark.parametrize(
    ("table", "reader"),
    [
        (Table("Orders", key=("_file",), kind="files"), Files({})),
        (replace(SWEPT, deletes="none"), Memory(FOUR)),
    ],
    ids=["files", "no mark"],
)
def test_what_can_not_be_compared_is_an_error(lake: Lake, table: Table, reader: Any) -> None:
    with pytest.raises(BronzeError, match=r"read by windows|deletes='sweep'"):
        lake.load(reader, table, reconcile=True)


# -- told by the source ------------------------------------------------------------------------------------------------


@dataclass
class Teller(Memory):
    """A source that tells which keys were removed, and when (seconds)."""

    removed: list[tuple[str, float]] = field(default_factory=list)
    until: float = 100

    def slices(self, table: Table, clock: Clock) -> list[Slice]:
        return [*super().slices(table, clock), Slice(DELETIONS, None, us(at(self.until)))]

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[Any]:
        yield from super().read(table, [part for part in parts if part.partition_id != DELETIONS])
        for part in parts:
            if part.partition_id == DELETIONS and part.low is not None:
                self.asked.append(part)
                told = [(key, us(at(second))) for key, second in self.removed]
                told = [(key, moment) for key, moment in told if part.low <= moment < part.high]
                ids, moments = [key for key, _ in told], [moment for _, moment in told]
                yield DeletedKeys(pa.table({"Id": pa.array(ids, pa.string()), "_at": pa.array(moments, pa.int64())}))


def test_keys_that_a_source_tells_of_are_marked_once(lake: Lake) -> None:
    lake.load(Teller(FOUR), FLAGGED)
    gone = [("a", 120), ("a", 120), ("never received", 130), ("b", 150)]
    result = lake.load(Teller(FOUR.slice(2), removed=gone, until=160), FLAGGED)
    assert (result.entry.rows_read, result.landed, result.entry.rows_already_there) == (4, 2, 2)
    assert alive(lake, "is_gone") == {"c", "d"}
    assert latest(lake)["a"]["_version"] == us(at(120)) + 1
    overlapping = replace(FLAGGED, lookback=at(100) - at(0))
    again = lake.load(Teller(FOUR.slice(2), removed=gone, until=170), overlapping)
    assert (again.landed, again.entry.rows_already_there) == (0, 4)


def test_a_deletion_is_later_than_the_row_that_came_with_it(lake: Lake) -> None:
    """The record was changed and purged while the same load read it."""
    lake.load(Teller(FOUR), FLAGGED)
    changed = pa.concat_tables([FOUR, orders(("a", 110), Total=[11])])
    lake.load(Teller(changed, removed=[("a", 110)], until=160), FLAGGED)
    assert alive(lake, "is_gone") == {"b", "c", "d"}


def test_a_full_read_asks_for_deletions_since_the_last_ones(lake: Lake) -> None:
    lake.load(Teller(FOUR), FLAGGED)
    reader = Teller(FOUR, until=160)
    lake.load(reader, FLAGGED, full=True)
    assert [part for part in reader.asked if part.partition_id == DELETIONS] == [
        Slice(DELETIONS, us(at(100)), us(at(160)))
    ]


def test_a_load_of_deletions_alone_keeps_the_watermark_and_counts_as_no_full_read(lake: Lake) -> None:
    first = lake.load(Teller(FOUR), FLAGGED).entry
    alone = lake.load(Teller(FOUR, removed=[("a", 120)], until=160), FLAGGED).entry
    assert (alone.high_water, alone.window_to) == (first.high_water, None)
    with pytest.raises(SourceShrunk, match="returned 1 row, the last one 4"):
        lake.load(Teller(FOUR.slice(3), until=160), FLAGGED, full=True)


def test_a_comparison_of_keys_stands_for_what_the_source_no_longer_tells(lake: Lake) -> None:
    lake.load(Teller(FOUR), FLAGGED)
    reader = Teller(FOUR.slice(1), until=160)
    lake.load(reader, FLAGGED, reconcile=True)
    assert [part for part in reader.asked if part.partition_id == DELETIONS] == []
    assert alive(lake, "is_gone") == {"b", "c", "d"}
    assert lake.load(reader, FLAGGED).entry is None


def test_a_load_that_dies_before_its_commit_marks_each_key_once_when_it_is_repeated(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.load(Memory(FOUR), SWEPT)

    def dies() -> None:
        raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        changed = pa.concat_tables([FOUR.slice(1), orders(("b", 9), Total=[21])])
        lake.load(Memory(changed, while_reading=dies), SWEPT, reconcile=True)
    assert alive(lake) == {"a", "b", "c", "d"}
    lake.load(Memory(FOUR.slice(1)), SWEPT, reconcile=True)
    assert [row["id"] for row in lake.rows() if row["_is_deleted"]] == ["a"]


def test_more_keys_than_the_engine_s_memory_holds_are_compared_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.bronze.rows.duckdb.MEMORY", "24MB")
    monkeypatch.setattr("ingestion.bronze.rows.duckdb.THREADS", 1)
    number = 200_000
    keys = pa.array([f"{key:064d}" for key in range(number)])
    order = pa.array(range(number), pa.int64())
    marked = pc.equal(pc.bit_wise_and(order, 1023), 0)
    held = {"id": keys, "_version": order, "_ingest_ts": order, "_row_id": keys, "_is_deleted": marked}
    write_deltalake(str(tmp_path), pa.table(held))
    there = pa.table({"Id": keys}).slice(3)
    batches = (there.slice(first, 50_000) for first in range(0, number, 50_000))
    gone = Deletions(SWEPT, Bronze(str(tmp_path), "memory.orders")).sweep(batches, "orders", allow_shrink=False)
    assert sorted(gone.column("id").to_pylist()) == keys.slice(1, 2).to_pylist()
