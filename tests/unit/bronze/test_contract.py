"""The contract: what changes in a source, and what never reaches bronze."""

import base64
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from structlog.testing import capture_logs

from ingestion.bronze.errors import ContractViolation, RuleBroken
from ingestion.bronze.rows.rules import RULES
from ingestion.settings import PROJECT
from ingestion.spec import Rejected, Table
from ingestion.values.naming import snake
from tests.unit.bronze.memory import INSTANT, ORDERS, Files, Lake, Memory, at, orders, us

MONEY = pa.decimal128(18, 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SystemModstamp", "system_modstamp"),
        ("Customer_Id__c", "customer_id__c"),
        ("CUSTOMER_ID", "customer_id"),
        ("CurrencyIsoCode", "currency_iso_code"),
        ("pageURL", "page_url"),
        ("URLPath", "url_path"),
        ("unit cost (€)", "unit_cost____"),
        ("2nd_line", "_2nd_line"),
        ("_file", "_file"),
    ],
)
def test_names_are_lower_snake(name, expected) -> None:
    assert snake(name) == expected


def test_two_columns_of_one_name_stop_the_load(lake: Lake) -> None:
    with pytest.raises(ContractViolation, match="'orderStatus', 'order_status' are all called order_status"):
        lake.load(Memory(orders(("a", 1), orderStatus=["x"], order_status=["y"])))


def test_a_new_column_is_added_and_a_missing_one_is_null(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), Old=["o"])))
    lake.load(Memory(orders(("a", 1), ("b", 2), New=[None, 5])))
    assert {row["id"]: (row["old"], row.get("new")) for row in lake.rows()} == {"a": ("o", None), "b": (None, 5)}


def test_a_new_column_does_not_bring_overlapping_rows_again(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), ("b", 2))))
    lake.load(Memory(orders(("a", 1), ("b", 2), ("c", 3), Added=[None, None, "x"])))
    assert lake.values() == ["a", "b", "c"]


def test_types_of_the_first_batch_hold_for_the_next(lake: Lake) -> None:
    rows = orders(("a", 1), ("b", 2), ("c", 3), Count=pa.array([1, 2, 3], pa.int16()))
    lake.load(Memory(rows))
    assert pa.schema(lake.delta().schema().to_arrow()).field("count").type == pa.int64()
    drifted = orders(("d", 20), ("e", 21), ("f", 22), Count=["4", "five", None])
    result = lake.load(Memory(drifted))
    assert (result.landed, result.quarantined) == (2, 1)
    assert {row["id"]: row["count"] for row in lake.rows()} == {"a": 1, "b": 2, "c": 3, "d": 4, "f": None}
    [bad] = lake.quarantine()
    assert (bad["rule"], bad["message"]) == ("wrong_type", "count is not a bigint: 'five'")
    assert json.loads(bad["payload"]) == {"id": "e", "updated_at": "2026-10-01T00:00:21.000000Z", "count": "five"}
    assert bad["_load_id"] == result.entry.load_id


def test_the_declared_type_holds_from_the_first_row_on(lake: Lake) -> None:
    table = Table("Orders", key=("Id",), cursor="UpdatedAt", columns={"Amount": "decimal(18,2)", "Day": "date"})
    rows = orders(("a", 1), ("b", 2), Amount=["19.99", "dear"], Day=["2026-01-31", None])
    lake.load(Memory(rows), table)
    assert [(row["amount"], row["day"]) for row in lake.rows()] == [(Decimal("19.99"), date(2026, 1, 31))]
    assert [row["rule"] for row in lake.quarantine()] == ["wrong_type"]


@pytest.mark.parametrize(
    ("column", "spark"),
    [
        (pa.array(["x"]).dictionary_encode(), "string"),
        (pa.array(["x"], pa.large_string()), "string"),
        (pa.array(["x"], pa.string_view()), "string"),
        (pa.array([1], pa.uint8()), "long"),
        (pa.array([1.5], pa.float32()), "double"),
        (pa.array([Decimal("1.5")], pa.decimal256(40, 3)), "decimal(38,3)"),
        (pa.array([Decimal(1)], pa.decimal128(38, 0)), "decimal(38,0)"),
        (pa.array([at(1)], pa.timestamp("ns")), "timestamp"),
        (pa.array([at(1)], pa.timestamp("s", "Europe/Berlin")), "timestamp"),
        (pa.array([at(1).date()], pa.date64()), "date"),
        (pa.array([True]), "boolean"),
        (pa.array([[1, 2]]), "string"),
        (pa.array([{"a": Decimal("1.10")}]), "string"),
        (pa.array([timedelta(hours=1)]), "string"),
        (pa.array([b"x"], pa.large_binary()), "binary"),
    ],
)
def test_every_driver_s_type_becomes_a_plain_one(lake: Lake, column, spark) -> None:
    lake.load(Memory(orders(("a", 1), Value=column)))
    [field] = [field for field in lake.delta().schema().fields if field.name == "value"]
    assert json.loads(field.type.to_json()) == spark
    assert lake.rows()[0]["value"] is not None


def test_a_column_of_nothing_waits_for_its_type(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), Note=pa.nulls(1))))
    assert "note" not in lake.rows()[0]
    lake.load(Memory(orders(("b", 20), Note=["now"])))
    assert {row["id"]: row["note"] for row in lake.rows()} == {"a": None, "b": "now"}


def test_rows_without_key_or_cursor_are_kept_aside_once(lake: Lake) -> None:
    reader = Memory(orders(("a", 1), (None, 2), ("c", None)))
    result = lake.load(reader)
    assert (result.entry.rows_read, result.landed, result.quarantined) == (3, 1, 2)
    assert lake.values("rule", "memory__orders__quarantine") == ["null_cursor", "null_key"]
    reader.rows = orders(("a", 1), (None, 2), ("c", None), ("d", 3), Added=[None, None, None, "x"])
    again = lake.load(reader)
    assert (again.landed, again.quarantined, again.entry.rows_already_there) == (1, 0, 3)


def test_all_rows_bad_still_moves_the_window(lake: Lake) -> None:
    reader = Memory(orders((None, 1)))
    assert lake.load(reader).quarantined == 1
    assert (lake.rows(), lake.load(reader).entry) == ([], None)
    reader.rows = orders((None, 1), ("b", 20), More=["x", "y"])
    assert lake.load(reader).landed == 1
    assert lake.values("more") == ["y"]


DIRTY = ["😀", "it's", 'say "x"', "a\nb\r\n", "\t", "\ufeffbom", "nul\0", "", " ", "\\", "x" * 1_000_000, "e\u0301"]


def test_dirty_text_lands_as_it_is(lake: Lake) -> None:
    rows = orders(*((f"{n}", n) for n in range(len(DIRTY))), Note=DIRTY)
    lake.load(Memory(rows))
    assert {row["id"]: row["note"] for row in lake.rows()} == {f"{n}": text for n, text in enumerate(DIRTY)}


def test_bytes_that_are_no_text_can_be_replayed_exactly(lake: Lake) -> None:
    latin = pa.array([b"na\xefve", b"fine"], pa.binary()).view(pa.string())
    result = lake.load(Memory(orders(("a", 1), ("b", 2), Name=latin)))
    assert (result.landed, result.quarantined) == (1, 1)
    [bad] = lake.quarantine()
    assert (bad["rule"], bad["encoding"]) == ("bad_encoding", "base64")
    expected = b'{"id": "a", "updated_at": "2026-10-01T00:00:01.000000Z", "name": "na\xefve"}'
    assert base64.b64decode(bad["payload"]) == expected


def test_what_never_became_a_row_keeps_its_bytes(lake: Lake) -> None:
    broken = [
        Rejected(b'{"id": 1', "bad_json", "no end", "file:1"),
        Rejected(b"\x1f\x8b\x00", "truncated_gzip", "cut short", "file:2"),
    ]
    lake.load(Memory(orders(("a", 1)), rejected=broken))
    kept = {row["rule"]: (row["payload"], row["encoding"], row["position"]) for row in lake.quarantine()}
    assert kept["bad_json"] == ('{"id": 1', "utf-8", "file:1")
    assert base64.b64decode(kept["truncated_gzip"][0]) == b"\x1f\x8b\x00"


def test_excluded_columns_reach_neither_bronze_nor_quarantine(lake: Lake) -> None:
    table = Table("Orders", key=("Id",), cursor="UpdatedAt", exclude={"EMail": "personal data"})
    rows = orders(("a", 1), (None, 2), EMail=["secret@x", "secret@y"])
    lake.load(Memory(rows, rejected=[Rejected(b"secret@z", "bad_json", "no json", "file:1")]), table)
    assert "e_mail" not in lake.rows()[0]
    assert "secret" not in json.dumps([lake.rows(), lake.quarantine()], default=str)
    withheld = next(row for row in lake.quarantine() if row["rule"] == "bad_json")
    assert "must not be loaded" in withheld["message"]


def test_an_excluded_column_that_is_not_there_warns_of_one_called_almost_so(lake: Lake) -> None:
    table = Table("Orders", key=("Id",), cursor="UpdatedAt", exclude={"EMial": "personal data", "Phone": "not needed"})
    with capture_logs() as logs:
        lake.load(Memory(orders(("a", 1), ("b", 2), EMail=["x", "y"]), batch_rows=1), table)
    [warning] = [line for line in logs if line["event"] == "exclude.not_there"]
    assert (warning["table"], warning["excluded"], warning["loaded"]) == ("memory__orders", "e_mial", "e_mail")


def test_a_source_column_called_as_bronzes_own_lands_beside_it(lake: Lake) -> None:
    rows = orders(("a", 1), _VERSION=["x"], _ingest_ts=["y"])
    lake.load(Memory(rows))
    [row] = lake.rows()
    assert (row["_version__source"], row["_ingest_ts__source"]) == ("x", "y")
    assert lake.load(Memory(orders(("a", 1), ("b", 20), _VERSION=["x", "z"], _ingest_ts=["y", "y"]))).landed == 1


def test_one_that_comes_to_a_loaded_table_stops_its_load(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1))))
    with pytest.raises(ContractViolation, match="was loaded before without it"):
        lake.load(Memory(orders(("b", 20), _version=["x"])))
    table = Table("Orders", key=("Id",), cursor="UpdatedAt", exclude={"_version": "the source's own"})
    assert lake.load(Memory(orders(("b", 20), _version=["x"])), table).landed == 1
    assert [row["_version"] for row in lake.rows() if row["id"] == "b"] == [us(at(20))]


@pytest.mark.parametrize("name", ["_row_id", "_file", "_version"])
def test_to_exclude_an_object_column_keeps_bronzes_own(lake: Lake, name: str) -> None:
    table = Table("Orders", key=("_file", "_file_row"), kind="files", exclude={name: "the source's own"})
    lake.load(Files({"a.csv": pa.table({"x": [1]})}), table)
    [row] = lake.rows()
    assert (row["_file"], row["_row_id"], row["_version"]) == ("a.csv", "a.csv#e#1:1", 1)


def test_quarantined_values_keep_every_digit(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), Amount=pa.array([Decimal("1.10")], MONEY))))
    wide = pa.array([Decimal("123456789012345678901234.10")], pa.decimal128(38, 2))
    far = pa.array([2**62], INSTANT)
    lake.load(Memory(orders(("b", 20), Amount=wide, Far=far)))
    [bad] = lake.quarantine()
    assert json.loads(bad["payload"])["amount"] == "123456789012345678901234.10"
    assert "amount is not a decimal(18,2)" in bad["message"]
    assert "far is not a timestamp" in bad["message"]


def test_batches_of_one_load_may_differ(lake: Lake) -> None:
    class Ragged(Memory):
        def read(self, table, parts):
            yield orders(("a", 1), X=[1])
            yield orders(("b", 2), Y=["y"])
            yield orders(("c", 3), X=["3"], Y=["z"])

    lake.load(Ragged(orders(("c", 3))), ORDERS)
    assert sorted((row["id"], row["x"], row["y"]) for row in lake.rows()) == [
        ("a", 1, None),
        ("b", None, "y"),
        ("c", 3, "z"),
    ]


def test_a_rule_of_severity_error_stops_the_load_and_names_the_row(lake: Lake) -> None:
    strict = replace(ORDERS, severities={"null_key": "error"})
    with pytest.raises(RuleBroken, match=r"memory__orders: updated_at=2026-10-01T00:00:02.* breaks the rule null_key"):
        lake.load(Memory(orders(("a", 1), (None, 2))), strict)
    assert not list(Path(lake.settings.bronze).glob("memory*/_delta_log"))
    assert lake.load(Memory(orders(("a", 1), (None, 2)))).quarantined == 1


def test_a_rule_of_a_source_s_own_may_be_an_error_too(lake: Lake) -> None:
    strict = replace(ORDERS, severities={"odd_message": "error"})
    with pytest.raises(RuleBroken, match="file:1 breaks the rule odd_message"):
        lake.load(Memory(orders(("a", 1)), rejected=[Rejected(b"x", "odd_message", "odd", "file:1")]), strict)


def test_a_rule_of_severity_warn_lets_the_row_land_and_says_so(lake: Lake) -> None:
    with capture_logs() as logs:
        result = lake.load(Memory(orders(("a", 1), (None, 2))), replace(ORDERS, severities={"null_key": "warn"}))
    assert (result.landed, result.quarantined) == (2, 0)
    [warning] = [line for line in logs if line["event"] == "rule.broken"]
    assert (warning["log_level"], warning["table"], warning["rule"], warning["rows"]) == (
        "warning",
        "memory__orders",
        "null_key",
        1,
    )


@pytest.mark.parametrize(
    ("severities", "said"),
    [
        ({"wrong_type": "warn"}, "wrong_type can't be warn, as bronze can't hold such a row"),
        ({"nul_key": "error"}, "no rule 'nul_key' in `severities`: expected one of wrong_type, .*null_key"),
        ({"null_key": "ignore"}, "'ignore'; expected warn, quarantine or error"),
    ],
)
def test_a_severity_that_cannot_be_is_refused(lake: Lake, severities, said) -> None:
    with pytest.raises(ContractViolation, match=said):
        lake.load(Memory(orders(("a", 1))), replace(ORDERS, severities=severities))


def test_every_rule_is_explained_to_people() -> None:
    page = (PROJECT / "docs" / "how-to" / "mend-bad-rows.md").read_text()
    assert all(f"| `{name}` | {rule.asks} |" in page for name, rule in RULES.items())
