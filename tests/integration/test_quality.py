"""What a build's tests found is kept: a row for each test, and the rows that failed."""

import json
import os
import shutil
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake

from ingestion.settings import PROJECT, Settings
from operations.dbt.command import artifacts_folder, take_parsed
from operations.records.run_record import read_runs


def table(lake: Settings, schema: str, name: str) -> list[dict[str, Any]]:
    """A table's rows."""
    rows: list[dict[str, Any]] = DeltaTable(f"{lake.root}/{schema}/{name}").to_pyarrow_table().to_pylist()
    return rows


@pytest.fixture(scope="module")
def found(lake: Settings) -> dict[str, dict[str, Any]]:
    """Test -> its row, of the demo's first run."""
    run_id = min(run["run_id"] for run in read_runs(lake, last=1000) if run["verb"] == "run")
    rows = {row["test"]: row for row in table(lake, "audit", "dq_results") if row["run_id"] == run_id}
    assert rows
    return rows


def test_a_build_records_every_test_once(lake: Settings, found: dict[str, dict[str, Any]]) -> None:
    manifest = json.loads((artifacts_folder(lake, "local") / "manifest.json").read_text())
    tests = [node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    assert sorted(tests) == sorted(found)
    ids = Counter((row["run_id"], row["test"]) for row in table(lake, "audit", "dq_results"))
    assert set(ids.values()) == {1}


def test_there_are_five_tests_a_table_on_average(lake: Settings) -> None:
    manifest = json.loads((artifacts_folder(lake, "local") / "manifest.json").read_text())
    nodes = manifest["nodes"].values()
    kinds = ("model", "snapshot")
    tables = [one for one in nodes if one["resource_type"] in kinds and one["config"]["materialized"] != "ephemeral"]
    # each rule of keeps_rules, and of a model's YAML, is a test of its own, run in one query with the others
    asked = [one.get("test_metadata") or {"kwargs": {}} for one in nodes if one["resource_type"] == "test"]
    rules = [rule for one in nodes for rule in one["config"].get("meta", {}).get("rules", [])]
    assert len(rules) + sum(len(test["kwargs"].get("rules", [""])) for test in asked) >= 5 * len(tables)


def test_a_record_says_what_was_asked_and_found(lake: Settings, found: dict[str, dict[str, Any]]) -> None:
    known = found["lines_name_a_known_product"]
    lines, unknown = lines_of_unknown_products(lake)
    assert unknown
    assert {name: known[name] for name in ("model", "kind", "rule", "severity", "status")} == {
        "model": "order_items",
        "kind": "relationships",
        "rule": "product_id is in product_id of ref('products')",
        "severity": "warn",
        "status": "pass",  # no more than a tenth of the rows, in the first build
    }
    assert (known["rows_failed"], known["rows_before"], known["rows_checked"]) == (len(unknown), None, lines)
    grain = found["fact_sales_has_one_row_for_each_order_id_and_line_number"]
    assert (grain["status"], grain["rows_failed"], grain["rule"]) == (
        "pass",
        0,
        "one row for each order_id, line_number",
    )


def lines_of_unknown_products(lake: Settings) -> tuple[int, set[tuple[str, int]]]:
    """How many lines there are, and the keys of those whose product is not in silver."""
    products = {row["product_id"] for row in table(lake, "silver", "products")}
    lines = table(lake, "silver", "order_items")
    unknown = {(row["order_id"], row["line_number"]) for row in lines if row["product_id"] not in products}
    return len(lines), unknown


def test_rows_that_fail_are_kept_with_their_keys(lake: Settings, found: dict[str, dict[str, Any]]) -> None:
    kept = {(row["order_id"], row["line_number"]) for row in table(lake, "audit", "lines_name_a_known_product")}
    assert kept == lines_of_unknown_products(lake)[1]
    # of accepted values and relationships too, whole rows
    orphans = table(lake, "audit", "orders_name_a_known_customer")
    assert len(orphans) == found["orders_name_a_known_customer"]["rows_failed"]
    assert all(row["order_id"] and row["customer_id"] for row in orphans)


def test_tests_that_find_no_row_keep_none(lake: Settings, found: dict[str, dict[str, Any]]) -> None:
    for name, row in found.items():
        assert DeltaTable.is_deltatable(f"{lake.root}/audit/{name}") == bool(row["rows_failed"]), name


def test_a_build_looks_at_new_rows_and_at_all_once_a_week_or_when_told(lake: Settings, tmp_path: Path) -> None:
    """An old row that breaks a rule; what the rule's test says of it by one command after the other."""
    test, root = "fact_sales_keeps_its_rules", tmp_path / "lake"
    for table_name in ("gold/fact_sales", "audit/dq_results"):
        shutil.copytree(f"{lake.root}/{table_name}", root / table_name)
    sales = DeltaTable(root / "gold" / "fact_sales").to_pyarrow_table()
    old = pc.equal(sales["order_date"], pc.min(sales["order_date"]))
    wrong = pc.if_else(old, Decimal("0.07"), sales["net_amount"]).cast(sales["net_amount"].type)
    column = sales.column_names.index("net_amount")
    write_deltalake(
        root / "gold" / "fact_sales", sales.set_column(column, sales.field(column), wrong), mode="overwrite"
    )
    broken, rows = pc.sum(old).as_py(), sales.num_rows
    take_parsed(PROJECT / "target", tmp_path / "target")

    def dbt(*words: str) -> tuple[str, int, int | None]:
        folders = {"DBT_TARGET_PATH": str(tmp_path / "target"), "DBT_LOG_PATH": str(tmp_path / "logs")}
        command = [os.environ["LAKEHOUSE_DBT"], "--quiet", *words, "--select", test]
        subprocess.run(command, cwd=PROJECT, env={**os.environ, **folders, "LAKEHOUSE_ROOT": str(root)})
        results = json.loads((tmp_path / "target" / "run_results.json").read_text())["results"]
        found = next(result for result in results if f".{test}." in result["unique_id"])
        records = DeltaTable(root / "audit" / "dq_results").to_pyarrow_table().to_pylist()
        last = max((row for row in records if row["test"] == test), key=lambda row: row["started_at"])
        return found["status"], found["failures"], last["rows_checked"]

    assert dbt("build") == ("pass", 0, None)
    assert dbt("test")[:2] == ("fail", broken)
    assert dbt("build", "--full-refresh") == ("fail", broken, rows)
    assert dbt("build") == ("fail", broken, rows), "the last look at all rows failed"
    week_ago = "started_at - interval '8 days'"
    DeltaTable(root / "audit" / "dq_results").update({"started_at": week_ago, "status": "'pass'"})
    assert dbt("build") == ("fail", broken, rows), "the last look at all rows is a week old"
