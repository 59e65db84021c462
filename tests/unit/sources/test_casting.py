"""Values keep their meaning, or their row is named."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.columns import INSTANT
from ingestion.values.cast import cast
from ingestion.values.json_values import as_text, from_json, text_table
from ingestion.values.types import arrow_type


def cast_one(values: list, target: str, source: pa.DataType | None = None, same_kind: bool = False):
    table = pa.table({"x": pa.array(values, source)})
    rows, rejected = cast(table, {"x": arrow_type(target)}, lambda row: f"place:{row}", same_kind=same_kind)
    return rows.column("x").to_pylist(), rejected


@pytest.mark.parametrize(
    ("text", "target", "value"),
    [
        ("12345678901234567890.1234567891", "decimal(30,10)", Decimal("12345678901234567890.1234567891")),
        ("-0.1", "decimal(18,2)", Decimal("-0.10")),
        ("9223372036854775807", "bigint", 2**63 - 1),
        ("2026-01-01T00:00:00.123456Z", "timestamp", datetime(2026, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)),
        ("2026-01-01T02:00:00.000+0200", "timestamp", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2024-02-29", "date", date(2024, 2, 29)),
        ("true", "boolean", True),
    ],
)
def test_text_becomes_the_exact_value(text, target, value) -> None:
    assert cast_one([text, None], target) == ([value, None], [])


@pytest.mark.parametrize(
    ("value", "target", "source"),
    [
        ("0.001", "decimal(18,2)", pa.string()),
        ("nan", "decimal(18,2)", pa.string()),
        ("2.5", "bigint", pa.string()),
        ("", "timestamp", pa.string()),
        ("32.13.2026", "timestamp", pa.string()),
        (1.005, "decimal(18,2)", pa.float64()),
        (2**53 + 1, "double", pa.int64()),
        (5, "timestamp", pa.int64()),
        (2**63 - 1, "timestamp", INSTANT),
        (2**31 - 1, "date", pa.date32()),
    ],
)
def test_a_value_that_does_not_fit_rejects_its_row_only(value, target, source) -> None:
    values, rejected = cast_one([None, value, None], target, source)
    assert values == [None, None]
    (row,) = rejected
    assert (row.rule, row.position) == ("wrong_type", "place:1")
    assert row.message.startswith("column x: ")
    assert list(json.loads(row.payload)) == ["x"]


def test_a_number_is_not_read_from_a_text_where_the_source_has_types() -> None:
    assert cast_one(["1", "2"], "bigint", same_kind=True)[0] == []
    assert cast_one([1, 2], "bigint", pa.int32(), same_kind=True) == ([1, 2], [])


@given(st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40).map(str), st.text(max_size=5))))
def test_every_row_is_either_held_or_rejected_in_order(texts) -> None:
    values, rejected = cast_one(texts, "bigint", pa.string())
    assert len(values) + len(rejected) == len(texts)
    held = iter(values)
    lost = {int(row.position.split(":")[1]) for row in rejected}
    kept = [text for place, text in enumerate(texts) if place not in lost]
    assert [None if text is None else Decimal(text) for text in kept] == list(held)


def test_json_values_keep_their_digits_and_nesting() -> None:
    values = from_json('{"n": 0.10, "b": true, "o": {"é": [1.50]}, "z": null}')
    assert {name: as_text(value) for name, value in values.items()} == {
        "n": "0.10",
        "b": "true",
        "o": '{"é": [1.50]}',
        "z": None,
    }


def test_a_missing_member_is_null() -> None:
    assert text_table([{"a": "1"}, {"b": "2"}], ["a", "b"]).to_pylist() == [
        {"a": "1", "b": None},
        {"a": None, "b": "2"},
    ]


def test_an_unknown_type_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="bigint"):
        arrow_type("int96")
