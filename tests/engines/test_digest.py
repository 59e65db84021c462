"""The digest by which engines are compared tells apart what is different, and nothing else."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import md5
from typing import Any

import pyarrow as pa
import pytest

from tests.engines.digest import differing, digest

INSTANT = datetime(2026, 10, 15, 22, 30, 0, 123456, UTC)
ROW = {"name": "a\\b", "amount": Decimal("0.50"), "day": date(2026, 10, 15), "at": INSTANT, "number": 7, "flag": True}


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([*rows])


def test_it_is_the_md5_of_the_rows_canonical_text() -> None:
    text = "\x1f".join(["0.50", "2026-10-15 22:30:00.123456", "2026-10-15", "true", "a\\\\b", "7"])
    found = digest(table(ROW))
    assert found.digest == str(int(md5(text.encode(), usedforsecurity=False).hexdigest()[:15], 16))
    assert (found.rows, len(found.columns)) == (1, len(ROW))


def test_the_order_of_rows_and_columns_does_not_matter() -> None:
    other = ROW | {"number": 8}
    turned = dict(reversed(ROW.items()))
    assert digest(table(ROW, other)) == digest(table(other, turned))


@pytest.mark.parametrize(
    "change",
    [{name: None} for name in ROW]
    + [{"name": "a\\\\b"}, {"name": ""}, {"amount": Decimal("0.51")}, {"at": INSTANT + timedelta(microseconds=1)}],
)
def test_any_changed_value_shows(change: dict[str, Any]) -> None:
    schema = table(ROW).schema
    changed = pa.Table.from_pylist([ROW | change], schema)
    assert digest(changed) != digest(table(ROW))
    assert digest(changed).columns == digest(table(ROW)).columns


def test_a_row_that_is_there_twice_shows() -> None:
    assert digest(table(ROW, ROW)) != digest(table(ROW))


def test_another_type_or_column_shows() -> None:
    wide = table(ROW).set_column(1, "amount", pa.array([Decimal("0.50")], pa.decimal128(18, 2)))
    assert digest(wide).columns != digest(table(ROW)).columns
    assert digest(table(ROW | {"more": 1})).columns != digest(table(ROW)).columns


def test_an_instant_is_the_same_in_any_zone() -> None:
    zone = timezone(timedelta(hours=2))
    assert digest(table({"at": INSTANT.astimezone(zone)})) == digest(table({"at": INSTANT.replace(tzinfo=None)}))


def test_milliseconds_leave_the_rest_out() -> None:
    cut = INSTANT.replace(microsecond=123000)
    assert digest(table({"at": INSTANT}), "ms") == digest(table({"at": cut}), "ms")
    assert digest(table({"at": INSTANT})) != digest(table({"at": cut}))


def test_columns_can_be_left_out() -> None:
    assert digest(table(ROW), without=["name"]) == digest(table(ROW | {"name": "other"}), without=["name"])


def test_a_float_has_no_text() -> None:
    with pytest.raises(ValueError, match="share is double: expected string, whole number"):
        digest(table({"share": 0.5}))


def test_a_difference_is_told_by_its_rows() -> None:
    told = differing(table({"id": 1, "x": "a"}), table({"id": 1, "x": "b"}))
    assert told == "(\"id\", \"x\") only in the first: [(1, 'a')]; only in the second: [(1, 'b')]"
