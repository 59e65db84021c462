"""What a build's tests found is kept: a row for each test, and the rows that failed."""

import json
from collections import Counter
from typing import Any

import pytest
from deltalake import DeltaTable

from ingestion.settings import Settings
from operations.dbt import artifacts_folder
from operations.record import read_runs

pytestmark = pytest.mark.timeout(600)  # the first test may have to make the demo's lake


def table(lake: Settings, schema: str, name: str) -> list[dict[str, Any]]:
    """A table's rows."""
    rows: list[dict[str, Any]] = DeltaTable(f"{lake.root}/{schema}/{name}").to_pyarrow_table().to_pylist()
    return rows


@pytest.fixture(scope="module")
def found(lake: Settings) -> dict[str, dict[str, Any]]:
    """Test -> its row, of the demo's first run."""
    run_id = min(run["run_id"] for run in read_runs(lake, last=1000) if run["verb"] == "run")
    rows = {row["test"]: row for row in table(lake, "gold", "dq_results") if row["run_id"] == run_id}
    assert rows
    return rows


def test_a_build_records_every_test_once(lake: Settings, found: dict[str, dict[str, Any]]) -> None:
    manifest = json.loads((artifacts_folder(lake, "local") / "manifest.json").read_text())
    tests = [node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    assert sorted(tests) == sorted(found)
    ids = Counter((row["run_id"], row["test"]) for row in table(lake, "gold", "dq_results"))
    assert set(ids.values()) == {1}


def test_there_are_five_tests_a_table_on_average(lake: Settings) -> None:
    manifest = json.loads((artifacts_folder(lake, "local") / "manifest.json").read_text())
    nodes = manifest["nodes"].values()
    kinds = ("model", "snapshot")
    tables = [one for one in nodes if one["resource_type"] in kinds and one["config"]["materialized"] != "ephemeral"]
    # each rule of keeps_rules is a test of its own, run in one query with the others
    asked = [one.get("test_metadata") or {"kwargs": {}} for one in nodes if one["resource_type"] == "test"]
    assert sum(len(test["kwargs"].get("rules", [""])) for test in asked) >= 5 * len(tables)


def test_a_record_says_what_was_asked_and_found(lake: Settings, found: dict[str, dict[str, Any]]) -> None:
    warned = found["sales_know_their_product"]
    sales = table(lake, "gold", "fact_sales")
    unknown = [row for row in sales if row["product_key"] == "unknown"]
    assert unknown
    assert {name: warned[name] for name in ("model", "kind", "rule", "severity", "status")} == {
        "model": "fact_sales",
        "kind": "holds",
        "rule": "product_key <> 'unknown'",
        "severity": "warn",
        "status": "warn",
    }
    assert (warned["rows_failed"], warned["rows_checked"]) == (len(unknown), len(sales))
    grain = found["fact_sales_has_one_row_for_each_order_id_and_line_number"]
    assert (grain["status"], grain["rows_failed"], grain["rule"]) == (
        "pass",
        0,
        "one row for each order_id, line_number",
    )


def test_rows_that_fail_are_kept_with_their_keys(lake: Settings, found: dict[str, dict[str, Any]]) -> None:
    kept = {(row["order_id"], row["line_number"]) for row in table(lake, "audit", "sales_know_their_product")}
    sales = table(lake, "gold", "fact_sales")
    assert kept == {(row["order_id"], row["line_number"]) for row in sales if row["product_key"] == "unknown"}
    # of accepted values and relationships too, whole rows
    orphans = table(lake, "audit", "orders_name_a_known_customer")
    assert len(orphans) == found["orders_name_a_known_customer"]["rows_failed"]
    assert all(row["order_id"] and row["customer_id"] for row in orphans)


def test_tests_that_pass_keep_no_rows(lake: Settings, found: dict[str, dict[str, Any]]) -> None:
    for name, row in found.items():
        assert DeltaTable.is_deltatable(f"{lake.root}/audit/{name}") == (row["status"] in ("warn", "fail")), name
