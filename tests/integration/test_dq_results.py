"""Test results are state of a lake and its prefix: `audit.dq_results`, written by every build, replaced by none."""

import os
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from ingestion.settings import PROJECT
from operations.dbt import take_parsed

pytestmark = pytest.mark.timeout(600)

TEST = "a_year_has_four_quarters"
OLD = pa.schema(
    [
        *((name, pa.string()) for name in ("run_id", "test", "model", "kind", "rule", "severity", "status")),
        ("rows_failed", pa.int64()),
        ("rows_checked", pa.int64()),
        ("seconds", pa.decimal128(18, 3)),
        ("started_at", pa.timestamp("us", "UTC")),
    ]
)
"""gold.dq_results, as older lakes have it."""
NEW = pa.schema(
    [*list(OLD)[:8], ("rows_before", pa.int64()), OLD.field("rows_checked"), ("is_partial", pa.bool_()), *list(OLD)[9:]]
)


class Lake:
    """A lake of its own, built by dbt's own command."""

    def __init__(self, folder: Path, warm_dbt: Path) -> None:
        self.folder, self.root, self.command = folder, folder / "lake", warm_dbt
        take_parsed(PROJECT / "target", folder / "target")
        quarter = {"date_day": date(2026, 1, 1), "quarter_number": 4}
        self.write("gold", "dim_dates", pa.Table.from_pylist([quarter]))

    def write(self, schema: str, name: str, rows: pa.Table) -> None:
        """Replace a table."""
        write_deltalake(str(self.root / schema / name), rows, mode="overwrite")

    def build(self, *words: str, **variables: str) -> int:
        """Build nothing but one test, of the table as it stands; dbt's exit code."""
        folders = {"DBT_TARGET_PATH": str(self.folder / "target"), "DBT_LOG_PATH": str(self.folder / "logs")}
        places = {"LAKEHOUSE_HOME": str(self.folder), "LAKEHOUSE_ROOT": str(self.root)}
        env = {**os.environ, **folders, **places, **variables}
        command = [self.command, "--quiet", "build", "--select", TEST, *words]
        return subprocess.run(command, cwd=PROJECT, env=env).returncode

    def results(self, schema: str = "audit") -> list[dict[str, Any]]:
        """The rows of dq_results, by run and test."""
        found: list[dict[str, Any]] = DeltaTable(str(self.root / schema / "dq_results")).to_pyarrow_table().to_pylist()
        return sorted(found, key=lambda row: (row["run_id"], row["test"]))


@pytest.fixture
def lake(tmp_path: Path, warm_dbt: Path) -> Lake:
    return Lake(tmp_path, warm_dbt)


def test_a_failed_build_records_its_tests_in_its_own_prefix_though_it_defers(lake: Lake) -> None:
    quarter = {"date_day": date(2026, 1, 1), "quarter_number": 5}
    lake.write("ana_gold", "dim_dates", pa.Table.from_pylist([quarter]))
    assert lake.build("--defer", "--state", str(PROJECT / "target"), LAKEHOUSE_PREFIX="ana_") == 1
    [row] = lake.results("ana_audit")
    assert (row["test"], row["status"], row["rows_failed"], row["rows_checked"]) == (TEST, "fail", 1, 1)
    assert not (lake.root / "audit").exists()


def test_a_build_moves_the_rows_of_an_older_lake_once_and_replaces_none(lake: Lake) -> None:
    first = {"run_id": "20260101T020000Z-aaaa", "test": "sales_have_a_price", "status": "warn", "model": "fact_sales"}
    first |= {"rows_failed": 7, "started_at": datetime(2026, 1, 1, 2, tzinfo=UTC)}
    second = first | {"run_id": "20260102T020000Z-bbbb", "rows_checked": 100}
    lake.write("audit", "dq_results", pa.Table.from_pylist([first | {"is_partial": True}], NEW))
    lake.write("gold", "dq_results", pa.Table.from_pylist([first, second], OLD))  # a build was killed in between
    assert lake.build("--full-refresh") == 0
    *moved, own = lake.results()
    assert [(row["run_id"], row["rows_failed"], row["rows_checked"], row["is_partial"]) for row in moved] == [
        (first["run_id"], 7, None, True),
        (second["run_id"], 7, 100, False),
    ]
    assert (own["test"], own["status"]) == (TEST, "pass")
    assert not (lake.root / "gold" / "dq_results").exists()
