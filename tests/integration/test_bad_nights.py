"""A value that is broken for one night changes no line, sum or stock of the days before it."""

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from ingestion.settings import PROJECT, Settings
from operations.dbt import take_parsed
from tests.integration.lakes import build, rows

pytestmark = pytest.mark.timeout(600)  # the first test may have to make the demo's lake

NIGHT = datetime(2026, 10, 16, 1, tzinfo=UTC)
"""After the demo's last day."""
KEPT = ("gold/fact_sales", "gold/agg_daily_sales", "gold/agg_monthly_sales", "gold/fact_inventory")
"""What the night must not change."""


def latest(lake: Settings, table: str, **key: Any) -> dict[str, Any]:
    """The latest version of a key in bronze."""
    found = DeltaTable(f"{lake.bronze}/{table}").to_pyarrow_table().to_pylist()
    versions = [row for row in found if all(row[name] == value for name, value in key.items())]
    return max(versions, key=lambda row: (row["_version"], row["_ingest_ts"], row["_row_id"]))


def bring(root: Path, table: str, version: dict[str, Any], **broken: Any) -> None:
    """Load another version of a row, with these values."""
    path = root / "bronze" / table
    schema = pa.schema(DeltaTable(path).schema().to_arrow())
    stamps = {
        "_ingest_ts": NIGHT,
        "_ingest_date": NIGHT.date(),
        "_row_id": f"night/{version['_row_id']}",
        "_version": version["_version"] + 1,
    }
    if "updated_at" in version:
        stamps["updated_at"] = NIGHT - timedelta(minutes=1)
    row = pa.Table.from_pylist([version | stamps | broken], schema)
    write_deltalake(path, row, mode="append", partition_by=["_ingest_date"])


def sold(lake: Settings) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = DeltaTable(f"{lake.root}/gold/fact_sales").to_pyarrow_table().to_pylist()
    return lines


@pytest.fixture
def night(lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demo's lake, in a home of its own, on the evening of the demo's last day."""
    shutil.copytree(lake.root, tmp_path / "lake")
    monkeypatch.setenv("LAKEHOUSE_NOW", "2026-10-15T23:00:00Z")
    take_parsed(PROJECT / "target", tmp_path / "target")
    return tmp_path


def test_a_broken_value_changes_nothing_of_the_days_before(lake: Settings, night: Path) -> None:
    root, lines = night / "lake", sold(lake)
    [(product, _)] = Counter(line["product_id"] for line in lines if line["cost_base"]).most_common(1)
    [(customer, _)] = Counter(line["customer_id"] for line in lines if line["country"] != "unknown").most_common(1)
    bring(root, "snowflake__products", latest(lake, "snowflake__products", product_id=product), list_price=-1)
    bring(root, "snowflake__customers", latest(lake, "snowflake__customers", customer_id=customer), country="nowhere")
    prices = DeltaTable(f"{lake.root}/silver/vendor_prices").to_pyarrow_table().to_pylist()
    skus = {line["sku"] for line in lines if line["product_id"] == product}
    for price in [price for price in prices if price["sku"] in skus]:
        key = {"vendor_id": price["vendor_id"], "sku": price["sku"], "valid_from": str(price["valid_from"])}
        bring(root, "vendor_files__price_list", latest(lake, "vendor_files__price_list", **key), unit_cost="n/a")
    returned = next(line for line in lines if line["is_returned"])
    key = {"order_id": returned["order_id"], "sku": returned["sku"]}
    bring(root, "vendor_files__returns", latest(lake, "vendor_files__returns", **key), quantity=0)
    build(night)
    assert [name for name in KEPT if rows(root / name) != rows(Path(lake.root) / name)] == []
