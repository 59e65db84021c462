"""Rows that were rejected are kept so that they can be parsed again, with every digit and byte."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from ingestion.spec import Parsed, Rejected, Table
from ingestion.values import json_rows
from ingestion.values.cast import cast, try_cast
from ingestion.values.types import arrow_type

TABLE = Table("t", key=("x",))


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["", "a\0b", "😀", "\ufeff", 'it\'s "x"\n']),
        pa.array([b"na\xefve"], pa.binary()).view(pa.string()),
        pa.array([b"", b"\0\xff"], pa.binary()),
        pa.array([2**63 - 1, -(2**63)]),
        pa.array([Decimal("123456789012345678901234567890.12345678")]),
        pa.array([0.1, 1e300, -0.0]),
        pa.array([True, False]),
        pa.array([date(1, 1, 1), date(9999, 12, 31)]),
        pa.array([datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        pa.array([None], pa.string()),
    ],
    ids=lambda column: str(column.type),
)
def test_what_is_kept_is_what_was_there(column: pa.Array) -> None:
    """Into JSON, back to text, and from there to the type that the context names."""
    payloads = json_rows.as_json({"x": column}, range(len(column)))
    rejected = [Rejected(one, "r", "m", "p", json_rows.context({"x": column.type})) for one in payloads]
    rows = [row for one in rejected if isinstance(row := json_rows.parse_row(TABLE, one), Parsed)]
    [spark] = {row.types["x"] for row in rows}
    back = json_rows.column([row.values["x"] for row in rows], spark)
    if spark != "string":
        back, misfits = try_cast(back, arrow_type(spark))
        assert misfits is None
    assert back.cast(pa.binary()) == column.cast(pa.binary()) if spark == "string" else back == column
    assert len(back) == len(column)


def test_what_a_cast_rejects_can_be_parsed_again() -> None:
    table = pa.table({"x": ["many"], "y": [b"\xff"], "z": [1]})
    _, [rejected] = cast(table, {"x": pa.int64(), "y": pa.string(), "z": pa.int64()}, lambda _: "place")
    parsed = json_rows.parse_row(TABLE, rejected)
    assert isinstance(parsed, Parsed)
    assert parsed.types == {"x": "bigint", "y": "binary", "z": "bigint"}
    assert json_rows.column([parsed.values["y"]], "binary").to_pylist() == [b"\xff"]


@pytest.mark.parametrize(
    ("payload", "context"),
    [(b"no json", "{}"), (b"[1]", json.dumps({"types": {}})), (b"{}", ""), (b"{}", "[]"), (b"{}", "no json")],
)
def test_what_is_no_kept_row_stays_as_it_is(payload: bytes, context: str) -> None:
    rejected = Rejected(payload, "r", "m", "p", context)
    assert json_rows.parse_row(TABLE, rejected) is rejected


def test_a_float_keeps_the_digits_that_it_was_sent_with() -> None:
    column = pa.array([9.8, 1e-7, float("inf"), None], pa.float32())
    payloads = json_rows.as_json({"x": column}, range(4))
    assert [json.loads(one)["x"] for one in payloads] == [9.8, 1e-7, "inf", None]
    rejected = Rejected(payloads[0], "r", "m", "p", json_rows.context({"x": column.type}))
    parsed = json_rows.parse_row(TABLE, rejected)
    assert isinstance(parsed, Parsed)
    again = json_rows.column([parsed.values["x"]], parsed.types["x"])
    assert try_cast(again, pa.decimal128(9, 2))[0].to_pylist() == [Decimal("9.80")]
    assert try_cast(again, pa.float64())[0] == try_cast(column[:1], pa.float64())[0]
