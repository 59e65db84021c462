"""Glue knows what dbt has built in the lake: every table, every column, and what the documentation says of them."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest
from deltalake import DeltaTable

from ingestion.bronze.glue import CatalogTaken
from ingestion.settings import Settings
from operations.dbt.command import artifacts_folder
from operations.dbt.glue_docs import NO_TABLE, register_built


@pytest.fixture
def entries(lake: Settings) -> dict[str, dict[str, Any]]:
    """schema.table -> what Glue holds of it, for the schemas that dbt builds."""
    pages = boto3.client("glue").get_paginator("get_tables")
    return {
        f"{schema}.{entry['Name']}": entry
        for schema in ("seeds", "silver", "snapshots", "gold", "audit")
        for page in pages.paginate(DatabaseName=f"{lake.prefix}{schema}")
        for entry in page["TableList"]
    }


def test_every_table_that_a_run_builds_is_in_glue_with_its_columns(lake: Settings, entries: dict[str, Any]) -> None:
    built = json.loads((artifacts_folder(lake, "local") / "manifest.json").read_text())["nodes"].values()
    kept = [node for node in built if node["resource_type"] in ("seed", "model", "snapshot")]
    tables = {f"{node['schema']}.{node['alias']}" for node in kept if node["config"]["materialized"] not in NO_TABLE}
    assert entries.keys() == {*tables, "audit.dq_results"}
    for name, entry in entries.items():
        fields = DeltaTable(f"{lake.root}/{name.replace('.', '/')}").schema().fields
        assert [column["Name"] for column in entry["StorageDescriptor"]["Columns"]] == [field.name for field in fields]


def test_glue_says_what_the_documentation_says(entries: dict[str, Any]) -> None:
    silent = [
        f"{name}.{column.get('Name', '')}"
        for name, entry in entries.items()
        for column in (entry | {"Comment": entry.get("Description")}, *entry["StorageDescriptor"]["Columns"])
        if not name.startswith("seeds") and not column.get("Comment")
    ]
    assert not silent
    assert entries["silver.orders"]["Description"].startswith("One row for each order")


def test_what_glue_knows_is_not_written_again(lake: Settings, entries: dict[str, Any]) -> None:
    assert register_built(lake) == []


def test_an_iceberg_table_of_athena_is_never_written_over(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    glue = boto3.client("glue")
    iceberg = {"Name": "orders", "Parameters": {"table_type": "ICEBERG", "metadata_location": "s3://elsewhere/v1"}}
    other = replace(lake, prefix="taken_")
    glue.create_database(DatabaseInput={"Name": "taken_silver"})
    glue.create_table(DatabaseName="taken_silver", TableInput=iceberg)
    from ingestion.bronze import glue as registry

    monkeypatch.setattr(registry, "open_table", lambda _: DeltaTable(f"{lake.root}/{lake.prefix}silver/orders"))
    with pytest.raises(CatalogTaken, match=r"taken_silver\.orders.*target athena.*LAKEHOUSE_PREFIX"):
        registry.register(other, "silver", ["orders"])
    kept = glue.get_table(DatabaseName="taken_silver", Name="orders")["Table"]["Parameters"]
    assert kept == iceberg["Parameters"]
