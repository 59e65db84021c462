"""A full read compared with the latest rows of a table, on plain Arrow tables."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from ingestion.bronze.full_read import FullRead

STAMPS = {"_version": pa.int64(), "_ingest_ts": pa.timestamp("us", "UTC"), "_is_deleted": pa.bool_()}
Row = tuple[str | None, str | None]


def table(rows: Sequence[Row]) -> pa.Table:
    return pa.table(
        {"id": pa.array([a for a, _ in rows], pa.string()), "v": pa.array([b for _, b in rows], pa.string())}
    )


def held(*rows: tuple[str | None, str | None, int, int, bool]) -> pa.Table:
    """Rows of (id, value, version, instant, whether it is deleted)."""
    stamps = zip(*(row[2:] for row in rows), strict=True)
    columns = {name: pa.array(values, of) for (name, of), values in zip(STAMPS.items(), stamps, strict=True)}
    return pa.table({**dict(zip(("id", "v"), table([row[:2] for row in rows]).columns, strict=True)), **columns})


def full_read(there: pa.Table, *batches: pa.Table, key: Sequence[str] = ("id",)) -> FullRead:
    def part(columns: Sequence[str]) -> Iterator[pa.Table]:
        for start in range(0, there.num_rows, 2):
            yield there.slice(start, 2).select(columns)

    read = FullRead(key, there.column_names, part)
    for batch in batches:
        read.add(batch)
    return read


def landed(read: FullRead) -> list[dict[str, Any]]:
    return [row for rows, _ in read.landing() for row in rows.to_pylist()]


def pairs(read: FullRead) -> list[Row]:
    return [(row["id"], row["v"]) for row in landed(read)]


NOTHING = pa.table({})


def test_what_differs_from_the_latest_row_of_its_key_lands() -> None:
    there = held(("a", "1", 5, 5, False), ("b", "1", 5, 5, False), ("c", "1", 5, 5, False))
    read = full_read(there, table([("a", "1"), ("b", "2")]), table([("d", "1")]))
    assert pairs(read) == [("b", "2"), ("d", "1")]


def test_the_latest_row_is_that_of_the_largest_version_then_of_the_largest_instant() -> None:
    there = held(
        ("a", "new", 9, 1, False), ("a", "old", 5, 9, False), ("b", "old", 5, 1, False), ("b", "new", 5, 2, False)
    )
    assert pairs(full_read(there, table([("a", "new"), ("b", "new")]))) == []
    assert pairs(full_read(there, table([("a", "old"), ("b", "old")]))) == [("a", "old"), ("b", "old")]


def test_a_value_that_returns_and_a_key_that_was_deleted_land_again() -> None:
    there = held(("a", "1", 1, 1, False), ("a", "2", 2, 2, False), ("b", "1", 1, 1, False), ("b", "1", 2, 2, True))
    read = full_read(there, table([("a", "1"), ("b", "1")]))
    [(rows, predecessors)] = read.landing()
    assert rows.to_pylist() == [{"id": "a", "v": "1"}, {"id": "b", "v": "1"}]
    assert predecessors.to_pylist() == [2, 2]


def test_a_key_that_comes_twice_lands_with_all_its_rows_and_only_if_one_of_them_changed() -> None:
    there = held(("a", "1", 1, 1, False), ("a", "2", 1, 1, False), ("a", "0", 0, 0, False))
    assert pairs(full_read(there, table([("a", "2")]), table([("a", "1")]))) == []
    assert pairs(full_read(there, table([("a", "1"), ("a", "3")]))) == [("a", "1"), ("a", "3")]
    assert pairs(full_read(there, table([("a", "1")]))) == [("a", "1")]
    assert pairs(full_read(there, table([("a", "1"), ("a", "1"), ("a", "2")]))) == [("a", "1"), ("a", "1"), ("a", "2")]


def test_without_a_key_equal_rows_are_counted() -> None:
    there = held(("a", "1", 1, 1, False), ("a", "1", 2, 2, False), ("b", "1", 2, 2, False))
    read = full_read(there, table([("a", "1")]), table([("a", "1"), ("a", "1"), ("c", None), ("c", None)]), key=())
    [(rows, predecessors)] = read.landing()
    assert [(row["id"], row["v"]) for row in rows.to_pylist()] == [("a", "1"), ("c", None), ("c", None)]
    assert predecessors.to_pylist() == [2, None, 1]


def test_the_first_read_lands_whole_and_has_no_predecessors() -> None:
    [(rows, predecessors)] = full_read(NOTHING, table([("a", "1"), ("b", None)])).landing()
    assert (rows.num_rows, predecessors.to_pylist()) == (2, [None, None])


def test_null_is_a_value_and_a_column_that_nobody_has() -> None:
    there = held(("a", None, 1, 1, False), (None, "1", 1, 1, False))
    assert pairs(full_read(there, table([("a", None), (None, "1")]))) == []
    assert landed(full_read(there, pa.table({"id": ["a"]}))) == []
    wider = table([("a", None)]).append_column("new", pa.array([7]))
    assert landed(full_read(there, wider)) == [{"id": "a", "v": None, "new": 7}]


def test_keys_that_are_gone_are_those_alive_that_neither_came_nor_are_known_to_be_there() -> None:
    there = held(
        ("a", "1", 1, 1, False),
        ("b", "1", 1, 1, False),
        ("b", "2", 2, 2, False),
        ("c", "1", 2, 2, True),
        ("d", "1", 1, 1, False),
        (None, "1", 1, 1, False),
    )
    read = full_read(there, table([("a", "1")]))
    assert pairs(read) == []
    assert read.alive == 4
    assert read.gone([pa.table({"id": ["d", "x"]})]).to_pylist() == [{"id": "b"}]


def test_rows_of_every_type_equal_themselves_when_they_come_back_from_delta(tmp_path: Any) -> None:
    from deltalake import DeltaTable, write_deltalake

    rows = pa.table(
        {
            "id": pa.array([1, 2], pa.int64()),
            "amount": pa.array([Decimal("1.50"), None], pa.decimal128(38, 18)),
            "rate": pa.array([-0.0, 1e300], pa.float64()),
            "is_open": pa.array([True, None]),
            "on": pa.array([date(1969, 12, 31), date(9999, 1, 1)]),
            "at": pa.array([0, 1_700_000_000_000_001], pa.timestamp("us", "UTC")),
            "raw": pa.array([b"\x00\xff", b""]),
            "name": pa.array(["", "ä"]),
        }
    )
    stamps = {"_version": pa.array([1, 1]), "_ingest_ts": pa.array([1, 1], pa.timestamp("us", "UTC"))}
    stamped = pa.table({**{name: rows.column(name) for name in rows.column_names}, **stamps})
    write_deltalake(str(tmp_path / "t"), stamped)
    there = DeltaTable(str(tmp_path / "t")).to_pyarrow_dataset().to_table()
    assert landed(full_read(there, rows)) == []


@pytest.mark.parametrize("key", [("id",), ()])
def test_a_read_of_many_batches_with_other_columns_lands_in_its_order(key: Sequence[str]) -> None:
    batches = [table([(f"{n}", "1")]).append_column(f"c{n % 2}", pa.array([n])) for n in range(5)]
    assert [row["id"] for row in landed(full_read(NOTHING, *batches, key=key))] == list("01234")
