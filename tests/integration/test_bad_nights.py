"""A value that is broken for one night changes no line, sum or stock of the days before it, and a change that leaves
`updated_at` as it was is a version of its history."""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from ingestion.settings import PROJECT, Settings
from operations.dbt.command import take_parsed
from tests.integration.lakes import build, rows
from tests.integration.test_histories import CURSORS

NIGHT = datetime(2026, 10, 16, 1, tzinfo=UTC)
"""After the demo's last day."""
KEPT = ("gold/fact_sales", "gold/agg_daily_sales", "gold/agg_monthly_sales", "gold/fact_inventory")
"""What the night must not change."""
UNSTAMPED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "customers_history": ("snowflake__customers", "customer_id", {"is_deleted": True}),
    "accounts_history": ("salesforce__account", "id", {"is_deleted": True}),
    "subscriptions_history": ("postgres__subscriptions", "subscription_id", {"_is_deleted": True}),
    "products_history": ("snowflake__products", "product_id", {"brand": "Another"}),
}
"""History -> its bronze table and key, and what the night changes of a record with its `updated_at` as it was."""
RETURNS = "customers_history"
"""History of which the night also deletes a second record, for one that returns, and brings a third once more."""


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


def spoil(lake: Settings, root: Path) -> None:
    """Bring a broken value of what most lines name, and of a return."""
    lines = sold(lake)
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


def quiet(lake: Settings, history: str, place: int = 0) -> dict[str, Any]:
    """The latest row in bronze of a record that is not deleted, from the last key on."""
    table, key, _ = UNSTAMPED[history]
    held = DeltaTable(f"{lake.root}/snapshots/{history}").to_pyarrow_table().to_pylist()
    values = sorted(str(row[key]) for row in held if not row.get("is_deleted"))
    return latest(lake, table, **{key: values[-1 - place]})


def versions(root: Path, history: str, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The versions of a row's record, the first one first."""
    _, key, _ = UNSTAMPED[history]
    held = DeltaTable(root / "snapshots" / history).to_pyarrow_table(filters=[(key, "=", row[key])]).to_pylist()
    return sorted(held, key=lambda version: version["valid_from"])


@pytest.fixture(scope="module")
def night(lake: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with a copy of the demo's lake, built after a night of broken values and of changes without a stamp."""
    home = tmp_path_factory.mktemp("night")
    shutil.copytree(lake.root, home / "lake")
    take_parsed(PROJECT / "target", home / "target")
    spoil(lake, home / "lake")
    unstamped = [(quiet(lake, history), *UNSTAMPED[history]) for history in UNSTAMPED]
    more = [(quiet(lake, RETURNS, 1), *UNSTAMPED[RETURNS]), (quiet(lake, RETURNS, 2), *UNSTAMPED[RETURNS][:2], {})]
    for row, table, _, change in [*unstamped, *more]:
        bring(home / "lake", table, row, **{name: row[name] for name in CURSORS & {*row}}, **change)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAKEHOUSE_NOW", "2026-10-15T23:00:00Z")
        build(home)
        yield home


def test_a_broken_value_changes_nothing_of_the_days_before(lake: Settings, night: Path) -> None:
    assert [name for name in KEPT if rows(night / "lake" / name) != rows(Path(lake.root) / name)] == []


@pytest.mark.parametrize("history", UNSTAMPED)
def test_a_change_without_a_new_updated_at_is_a_version_from_its_load_on(
    lake: Settings, night: Path, history: str
) -> None:
    _, _, change = UNSTAMPED[history]
    before, after = versions(night / "lake", history, quiet(lake, history))
    assert before["valid_to"] == after["valid_from"] == NIGHT
    assert after["updated_at"] == before["updated_at"]
    assert {name.removeprefix("_"): value for name, value in change.items()}.items() <= after.items()


def test_a_row_that_comes_once_more_is_no_version(lake: Settings, night: Path) -> None:
    [version] = versions(night / "lake", RETURNS, quiet(lake, RETURNS, 2))
    assert version["valid_to"] is None


def test_a_key_that_returns_with_an_older_row_than_its_deletion_is_a_version(lake: Settings, night: Path) -> None:
    row, root, morning = quiet(lake, RETURNS, 1), night / "lake", NIGHT + timedelta(hours=6)
    back = {"_version": row["_version"] + 2, "updated_at": row["updated_at"] + timedelta(minutes=1)}
    bring(root, UNSTAMPED[RETURNS][0], row, **back, _ingest_ts=morning, _row_id="back")
    build(night, "customers", RETURNS)
    _, gone, returned = versions(root, RETURNS, row)
    assert (gone["is_deleted"], gone["valid_to"]) == (True, morning)
    assert (returned["is_deleted"], returned["valid_from"], returned["valid_to"]) == (False, morning, None)
