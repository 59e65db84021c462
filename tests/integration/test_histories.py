"""However bronze came, silver and gold end the same: builds after each of several loads equal one build of them all.

The rows of the demo's bronze are dealt out to loads at random: old versions come after newer ones, deletions before
what they delete, rates after the orders of their day, a period as a backfill would bring it, some rows twice, a column
only with the last load. From the second load on each night breaks some rows, and brings those of the night before as
they were. The clock goes on with the loads, so that what was in the future is judged again. Before all is built, some
models are built alone: what a build has seen and what it has not is for each of them to know.

One history takes three minutes, in `make test-engines`; to try twenty:

    HISTORIES=20 .venv/bin/pytest tests/integration/test_histories.py
"""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake

from ingestion.settings import PROJECT, Settings
from operations.dbt.command import take_parsed
from tests.integration.lakes import KEPT, assert_equal_lakes, build

FIRST = date(2026, 10, 13)
"""Of the loads, one a day; the demo's last day is two days later."""
AT_ONCE = 0.7
"""Share of the rows that come with the first load."""
TWICE = 0.02
"""Share of the rows that come once more, with a later load."""
PARTS = [
    ["customers"],
    ["products"],
    ["orders__validated", "orders"],
    ["order_items__validated"],
    ["orders", "order_items"],
    ["vendor_prices__validated", "vendor_prices", "vendor_returns__validated", "vendor_returns", "fx_rates"],
    ["vendor_returns", "vendor_prices"],
    ["customers_history", "products_history"],
    ["dim_customers", "dim_products"],
    ["payments", "financial_transactions"],
]
"""Models that are built alone."""
GROWN = "snowflake__orders"
"""Gets a column with the last load."""
BROKEN: dict[str, dict[str, Any]] = {
    "snowflake__products": {"list_price": Decimal(-1)},
    "snowflake__customers": {"country": "nowhere"},
    "snowflake__orders": {"total_amount": Decimal(-1)},
    "snowflake__order_items": {"discount_amount": Decimal(-1)},
    "vendor_files__price_list": {"unit_cost": "n/a"},
    "vendor_files__returns": {"quantity": 0},
    "vendor_files__shipments": {"quantity": 0},
    "postgres__users": {"customer_id": None},
    "salesforce__account": {"customer_id__c": None},
}
"""What a bad night makes of a table's rows."""
BROKEN_ROWS = 5
"""That a bad night breaks of each of these tables."""
CURSORS = {"updated_at", "system_modstamp"}


@dataclass
class History:
    """A lake whose bronze is dealt out by a seed."""

    home: Path
    seed: int
    loads: int

    @property
    def root(self) -> Path:
        return self.home / "lake"

    def deal(self, table: str, rows: pa.Table) -> np.ndarray:
        """Each row's load: most at once, the others anywhere; of one period in four, all that had come last."""
        lot = np.random.default_rng([self.seed, *table.encode()])
        loads = np.where(lot.random(len(rows)) < AT_ONCE, 0, lot.integers(0, self.loads, len(rows)))
        versions = rows["_version"].to_numpy()
        low, high = np.quantile(versions, sorted(lot.random(2)))
        if lot.random() < 0.25:
            loads[(low <= versions) & (versions < high)] = self.loads - 1
        return loads

    def load(self, bronze: Path, number: int) -> None:
        """Bring each table's rows of this load, and set the clock to its evening."""
        day = FIRST + timedelta(days=number)
        evening = datetime.combine(day, time(23), UTC)
        clock = self.home / "services" / "clock"
        clock.parent.mkdir(parents=True, exist_ok=True)
        clock.write_text(evening.isoformat())
        for path in sorted(bronze.iterdir()):
            if not DeltaTable.is_deltatable(str(path)) or path.name.endswith("__quarantine") or path.name == "loads":
                continue
            rows = DeltaTable(str(path)).to_pyarrow_table()
            loads = self.deal(path.name, rows)
            again = (loads < number) & self.twice(path.name, len(rows), number)
            parts = [rows.filter(loads == number), renamed(rows.filter(again), "again")]
            parts += [self.night(path.name, rows, loads, number, evening, broken) for broken in (True, False)]
            brought = stamped(pa.concat_tables(parts), evening)
            if path.name == GROWN and number == self.loads - 1:
                brought = brought.append_column("channel", pa.repeat(pa.scalar("web"), len(brought)))
            write_deltalake(
                str(self.root / "bronze" / path.name),
                brought,
                mode="append",
                schema_mode="merge",
                partition_by=["_ingest_date"],
            )

    def twice(self, table: str, rows: int, number: int) -> np.ndarray:
        """Which rows come once more with this load, if they have come."""
        return np.random.default_rng([self.seed, number, *table.encode()]).random(rows) < TWICE

    def night(
        self, table: str, rows: pa.Table, loads: np.ndarray, number: int, evening: datetime, broken: bool
    ) -> pa.Table:
        """The rows that this night breaks, or those that the night before broke, as they were."""
        night = number if broken else number - 1
        if table not in BROKEN or night < 1:
            return rows.slice(0, 0)
        [there] = np.nonzero(loads < night)
        lot = np.random.default_rng([self.seed, night, *table.encode(), 1])
        found = rows.take(pa.array(lot.choice(there, BROKEN_ROWS, replace=False)))
        values = dict.fromkeys(CURSORS & {*rows.column_names}, evening) | (BROKEN[table] if broken else {})
        version = pc.max(rows["_version"]).as_py() + 2 * number - broken
        return renamed(with_values(found, **values, _version=version), f"night {number} {broken}")

    def build(self, number: int) -> None:
        """Build after a load: after the first everything, then two parts, the facts that read them, and everything."""
        if number:
            lot = np.random.default_rng([self.seed, number])
            build(self.home, *(model for part in lot.permutation(len(PARTS))[:2] for model in PARTS[part]))
            build(self.home, "fact_sales", "fact_payments")
        build(self.home)

    def from_scratch(self) -> Path:
        """Another lake with the same bronze and snapshots, built at once."""
        root = self.home / "scratch"
        for schema in KEPT:
            shutil.copytree(self.root / schema, root / schema)
        build(self.home, root=root)
        return root


def stamped(rows: pa.Table, evening: datetime) -> pa.Table:
    """The rows as a load of this evening brings them."""
    return with_values(rows, _ingest_ts=evening, _ingest_date=evening.date(), _load_id=evening.isoformat())


def with_values(rows: pa.Table, **values: Any) -> pa.Table:
    """The rows with one value in each of these columns."""
    for name, value in values.items():
        column = pa.repeat(pa.scalar(value, rows.schema.field(name).type), len(rows))
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), column)
    return rows


def renamed(rows: pa.Table, way: str) -> pa.Table:
    """Rows that another way brought once more: with ids of their own."""
    ids = pc.binary_join_element_wise(rows["_row_id"], pa.scalar(way), "/")
    return rows.set_column(rows.schema.get_field_index("_row_id"), "_row_id", ids)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own: the clock of the shared services stays."""
    monkeypatch.delenv("LAKEHOUSE_NOW", raising=False)
    take_parsed(PROJECT / "target", tmp_path / "target")
    return tmp_path


@pytest.mark.engines
@pytest.mark.soak  # four builds of everything; tests/recomputation builds five in CI
@pytest.mark.parametrize("seed", range(int(os.environ.get("HISTORIES", "1"))))
def test_builds_after_each_load_equal_one_build_of_all(lake: Settings, home: Path, seed: int) -> None:
    history = History(home, seed, loads=3 + seed % 2)
    for number in range(history.loads):
        history.load(Path(lake.bronze), number)
        history.build(number)
    assert_equal_lakes(history.root, history.from_scratch())
