"""Row ids: the same row has the same id, another row another."""

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.bronze.rows.duckdb import engine
from ingestion.bronze.rows.row_id import Known, row_ids

ENGINE = duckdb.connect()
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
        ("amount", pa.decimal128(18, 2)),
        ("day", pa.date32()),
        ("count", pa.int64()),
        ("is_paid", pa.bool_()),
        ("raw", pa.binary()),
        ("odd\"name's", pa.string()),
    ]
)
MOMENTS = st.datetimes(timezones=st.just(UTC))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.none() | st.text(max_size=8),
            "at": st.none() | MOMENTS,
            "amount": st.none() | st.decimals(-(10**6), 10**6, places=2),
            "day": st.none() | st.dates(),
            "count": st.none() | st.integers(-(2**63), 2**63 - 1),
            "is_paid": st.none() | st.booleans(),
            "raw": st.none() | st.binary(max_size=4),
            "odd\"name's": st.none() | st.sampled_from(["", ";", "id:1:x;", "\x1f", "é"]),
        }
    ),
    max_size=8,
)


def ids(table: pa.Table) -> list[str]:
    return row_ids(table, ENGINE).to_pylist()


@settings(deadline=None, max_examples=40)
@given(ROWS, st.randoms(use_true_random=False))
def test_ids_depend_on_the_row_alone(rows, random) -> None:
    table = pa.Table.from_pylist(rows, SCHEMA)
    whole = ids(table)
    assert whole == [ids(table.slice(row, 1))[0] for row in range(len(rows))]
    names = list(SCHEMA.names)
    random.shuffle(names)
    assert ids(table.select(names)) == whole
    later = table.append_column("added_later", pa.nulls(len(rows), pa.string()))
    assert ids(later) == whole


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_rows_are_equal_where_their_ids_are(rows) -> None:
    found = ids(pa.Table.from_pylist(rows, SCHEMA))
    for row, one in zip(rows, found, strict=True):
        for other, another in zip(rows, found, strict=True):
            assert (row == other) == (one == another)


def test_ids_stay_as_they_are_for_ever() -> None:
    """Bronze compares with ids that were written years ago: this value may never change."""
    row = {"id": "ü1", "at": datetime(2026, 1, 1, tzinfo=UTC), "amount": Decimal("1.20"), "day": date(2026, 1, 2)}
    row |= {"count": -3, "is_paid": True, "raw": b"\xff"}
    marks = [hashlib.md5(name.encode(), usedforsecurity=False).digest()[:8] for name in row]
    head = (sum(int.from_bytes(mark, "little") for mark in marks) % 2**64).to_bytes(8, "little")
    amount = (120).to_bytes(16, "little")
    at = (1_767_225_600_000_000).to_bytes(8, "little")
    count, day = (-3).to_bytes(8, "little", signed=True), (20_455).to_bytes(4, "little")
    id_length, is_paid, raw_length = (3).to_bytes(4, "little"), b"\1", (1).to_bytes(4, "little")
    spelled = head + amount + at + count + day + id_length + is_paid + raw_length + "ü1".encode() + b"\xff"
    assert ids(pa.Table.from_pylist([row], SCHEMA)) == [hashlib.md5(spelled, usedforsecurity=False).hexdigest()]
    assert ids(pa.Table.from_pylist([row], SCHEMA)) == ["a89d1fee237472775fd08bfd0e72cc45"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "xy", "b": "z"}, {"a": "x", "b": "yz"}),  # where a text ends
        ({"a": "x", "b": None}, {"a": None, "b": "x"}),  # which column it is in
        ({"a": "", "b": "x"}, {"a": None, "b": "x"}),
        ({"a": "", "b": None}, {"a": None, "b": None}),
    ],
)
def test_texts_that_read_alike_have_ids_of_their_own(one, other) -> None:
    assert len(set(ids(pa.Table.from_pylist([one, other], pa.schema([("a", pa.string()), ("b", pa.string())]))))) == 2


def test_numbers_that_are_equal_have_one_id() -> None:
    values = pa.table({"x": pa.array([0.0, -0.0, float("nan"), -float("nan"), 1.5, None, float("inf")])})
    zero, minus_zero, nan, minus_nan, *others = ids(values)
    assert (zero, nan) == (minus_zero, minus_nan)
    assert len({zero, nan, *others}) == 5


@pytest.mark.parametrize("name", ["known", "aside"])
def test_an_id_counts_as_known_as_often_as_it_is_there(name) -> None:
    known = Known([pa.record_batch([["a", "a", "b"]], ["id"])], duckdb.connect(), name)
    assert known.new(pa.array(["a", "c", "a", "a"])).to_pylist() == [False, True, False, True]
    assert known.new(pa.array(["a", "b", "b"])).to_pylist() == [True, False, True]


def test_more_ids_than_the_engine_s_memory_holds_are_counted_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.bronze.rows.duckdb.MEMORY", "24MB")
    monkeypatch.setattr("ingestion.bronze.rows.duckdb.THREADS", 1)
    held = pa.array([f"{number:064d}" for number in range(300_000)])
    known = Known([pa.record_batch([held], ["id"])], engine(), "known")
    assert known.new(pa.concat_arrays([held.slice(0, 2), held.slice(0, 1), pa.array(["x"])])).to_pylist() == [
        False, False, True, True,
    ]  # fmt: skip
