"""The demo's gold in Snowflake, compared with the lake row by row, without any digest."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from ingestion.settings import PROJECT, Settings
from operations.records.run_record import read_runs
from tests.integration.publishing import connect, rows_of

GOLD = sorted(path.stem for path in (PROJECT / "dbt_project" / "models" / "gold").rglob("*.sql"))


@pytest.mark.parametrize("table", GOLD)
def test_every_gold_table_is_in_snowflake_row_by_row(lake: Settings, table: str) -> None:
    held = rows_of(DeltaTable(f"{lake.root}/gold/{table}").to_pyarrow_table())
    assert held
    assert copied(table) == held


def copied(table: str) -> list[tuple[Any, ...]]:
    """The copy's rows in the same order."""
    with connect() as connection, connection.cursor() as cursor:
        return sorted((tuple(row) for row in cursor.execute(f"select * from GOLD.{table}").fetchall()), key=repr)


def test_a_publish_with_nothing_new_moves_nothing(lake: Settings) -> None:
    command = [Path(sys.executable).with_name("lakehouse"), "publish", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert {table["table"]: (table["outcome"], table["bytes"]) for table in told["tables"]} == dict.fromkeys(
        GOLD, ("unchanged", 0)
    )
    record = next(run for run in read_runs(lake) if run["run_id"] == told["run_id"])
    assert record["outcome"] == "done"
    assert [step["name"] for step in record["steps"]] == GOLD
