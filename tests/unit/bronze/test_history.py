"""Columns that come, go and change: what the table does, and what it remembers."""

import json
from decimal import Decimal

import pyarrow as pa
import pytest
from click.testing import CliRunner
from deltalake import DeltaTable

from ingestion.bronze.delta import schema_history
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import ConcurrentLoad
from ingestion.spec import Table
from tests.unit.bronze.memory import Files, Lake, Memory, orders

PLAIN = Table("Orders", key=("Id",), cursor="UpdatedAt")


def told(lake: Lake) -> list[tuple[str, str, str]]:
    """Change, column, type; but for those of the first load."""
    changes = schema_history.told(lake.delta())
    return [(one.change, name, one.type) for name, one in changes if one.at != changes[0][1].at]


def money(digits: int, *values: str) -> pa.Array:
    return pa.array([Decimal(value) for value in values], pa.decimal128(digits, 2))


def test_the_first_load_adds_every_column(lake: Lake) -> None:
    entry = lake.load(Memory(orders(("a", 1), Amount=money(9, "1.10"))), PLAIN).entry
    changes = [(name, one.change, one.type) for name, one in schema_history.told(lake.delta())]
    expected = [("amount", "added", "decimal(9,2)"), ("id", "added", "string"), ("updated_at", "added", "timestamp")]
    assert sorted(changes) == expected
    [change] = {one for name, one in schema_history.told(lake.delta()) if name == "id"}
    assert (change.load_id, change.at) == (entry.load_id, "2026-10-15T23:00:00.000+00:00")


def test_a_renamed_column_is_one_dropped_and_one_added(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), Old=["o"])), PLAIN)
    lake.load(Memory(orders(("a", 1), ("b", 2), New=["n", "m"])), PLAIN)
    assert sorted(told(lake)) == [("added", "new", "string"), ("dropped", "old", "string")]
    assert {row["id"]: (row["old"], row["new"]) for row in lake.rows()} == {"a": ("o", None), "b": (None, "m")}
    lake.load(Memory(orders(("c", 3), New=["x"])), PLAIN)
    assert len(told(lake)) == 2


def test_a_column_that_comes_back_is_told(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), Note=["o"])), PLAIN)
    lake.load(Memory(orders(("b", 2))), PLAIN)
    lake.load(Memory(orders(("c", 3), Note=["x"])), PLAIN)
    assert [change for change, *_ in told(lake)] == ["dropped", "returned"]
    lake.load(Memory(orders(("d", 4), Note=pa.nulls(1))), PLAIN)
    assert len(told(lake)) == 2


def test_a_widened_decimal_lands_where_it_fits_and_is_told(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), Amount=money(4, "1.10"))), PLAIN)
    result = lake.load(Memory(orders(("b", 2), ("c", 3), Amount=money(18, "2.20", "12345.60"))), PLAIN)
    assert (result.landed, result.quarantined) == (1, 1)
    assert told(lake) == [("retyped", "amount", "decimal(18,2)")]
    assert json.loads(lake.quarantine()[0]["payload"])["amount"] == "12345.60"
    lake.load(Memory(orders(("d", 4), Amount=money(18, "1.00"))), PLAIN)
    assert len(told(lake)) == 1


def test_a_date_that_became_an_instant_lands_at_midnight_only(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), Day=pa.array([0], pa.date32()))), PLAIN)
    instants = pa.array([86_400_000_000, 86_400_000_001], pa.timestamp("us", "UTC"))
    assert lake.load(Memory(orders(("b", 2), ("c", 3), Day=instants)), PLAIN).landed == 1
    assert told(lake) == [("retyped", "day", "timestamp")]


def test_declared_types_and_files_tell_of_columns_that_are_added_only(lake: Lake) -> None:
    table = Table("Orders", key=("Id",), cursor="UpdatedAt", columns={"Amount": "decimal(9,2)"})
    lake.load(Memory(orders(("a", 1), Amount=["1.10"])), table)
    lake.load(Memory(orders(("b", 2), Amount=["1.20"])), table)
    assert told(lake) == []


def test_what_a_file_lacks_is_no_drop(lake: Lake) -> None:
    table = Table("Orders", key=("_file", "_file_row"), kind="files")
    files = Files({"a": pa.table({"x": ["1"], "y": ["1"]})})
    lake.load(files, table)
    files.objects["b"] = pa.table({"x": ["2"], "z": ["2"]})
    lake.load(files, table)
    assert told(lake) == [("added", "z", "string")]


def test_the_history_outlives_the_clean_up_of_the_log(lake: Lake) -> None:
    lake.load(Memory(orders(("a", 1), Note=["o"])), PLAIN)
    lake.load(Memory(orders(("b", 2))), PLAIN)
    before = schema_history.told(lake.delta())
    table = lake.delta()
    table.alter.set_table_properties({"delta.logRetentionDuration": "interval 0 seconds"})
    table = lake.delta()
    table.create_checkpoint()
    table.cleanup_metadata()
    assert not (lake.settings.home / "lake/bronze/memory__orders/_delta_log/00000000000000000000.json").exists()
    assert schema_history.told(DeltaTable(table.table_uri)) == before


def test_a_load_that_comes_between_is_not_overtaken(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.load(Memory(orders(("a", 1), Note=["o"])), PLAIN)
    changed = schema_history.changed

    def meanwhile(*words):
        lake.delta().alter.set_table_properties({"delta.appendOnly": "false"})
        return changed(*words)

    monkeypatch.setattr("ingestion.bronze.delta.table.schema_history.changed", meanwhile)
    with pytest.raises(ConcurrentLoad):
        lake.load(Memory(orders(("b", 2))), PLAIN)
    assert lake.values() == ["a"]


def test_the_catalogue_s_comment_says_what_is_not_as_it_was() -> None:
    added = schema_history.Change("2026-10-15T23:00:00.000+00:00", "added", "string", "1")
    dropped = schema_history.Change("2026-10-16T23:00:00.000+00:00", "dropped", "string", "2")
    retyped = schema_history.Change("2026-10-16T23:00:00.000+00:00", "retyped", "bigint", "2")
    assert schema_history.note(schema_history.spelled([added])) is None
    assert schema_history.note({}) is None
    assert schema_history.note(schema_history.spelled([added, dropped])) == "Not in the source since 2026-10-16"
    assert schema_history.note(schema_history.spelled([added, retyped])) == "bigint in the source since 2026-10-16"


def test_schema_history_prints_a_line_for_each_change(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    from operations.cli import cli

    lake.load(Memory(orders(("a", 1), Note=["o"])), PLAIN)
    lake.load(Memory(orders(("b", 2))), PLAIN)
    place = Bronze(f"{lake.settings.bronze}/memory__orders", "memory.orders")
    monkeypatch.setattr("operations.commands.schema_history.table_of", lambda *_: place)
    ran = CliRunner().invoke(cli, ["schema-history", "postgres.users"], catch_exceptions=False)
    assert [line.split()[1:3] for line in ran.stdout.splitlines()][-1] == ["dropped", "note"]
    ran = CliRunner().invoke(cli, ["schema-history", "postgres.users", "--json"], catch_exceptions=False)
    last = json.loads(ran.stdout)["changes"][-1]
    assert (last["column"], last["change"], last["kept_as"]) == ("note", "dropped", "string")


def test_a_table_that_was_never_loaded_is_said_in_one_line(lake: Lake) -> None:
    from operations.cli import cli

    ran = CliRunner().invoke(cli, ["schema-history", "postgres.users"])
    assert ran.exit_code == 1
    assert "postgres__users was never loaded: lakehouse ingest postgres" in ran.stderr
