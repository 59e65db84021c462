"""Models keep their promises through days of change: incremental equals from scratch, and a key ends where its latest
version belongs. The first half moves the demo one day on; the second builds orders by hand, day by day."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from dbt_common.events.base_types import EventMsg
from deltalake import DeltaTable, write_deltalake

from devstack.generator import Demo
from ingestion.settings import PROJECT, Settings
from operations.commands.demo_data import bring
from operations.dbt.command import take_parsed
from tests.integration.lakes import KEPT, assert_equal_lakes, build, rows, tables

BIN = Path(sys.executable).parent


def call(*words: str, **variables: str) -> None:
    """Run a command of the project to its end."""
    told = {**os.environ, **variables}
    command = os.environ["LAKEHOUSE_DBT"] if words[0] == "dbt" else BIN / words[0]
    ran = subprocess.run([command, *words[1:]], cwd=PROJECT, env=told, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]


# -- the demo, one day later -------------------------------------------------------------------------------------------


@dataclass
class Days:
    """A copy of the demo's lake, built one day on."""

    root: Path
    before: dict[str, list[str]]
    """Its tables on the day before."""
    home: Path
    """Of the demo, with its clock."""

    def build(self, root: Path) -> Path:
        """Build a lake at the demo's time."""
        build(self.home, root=root, artifacts=self.root.parent)
        return root

    def from_scratch(self) -> Path:
        """Another lake, with the same bronze and snapshots and nothing else, built at once."""
        root = self.root.with_name("scratch")
        for schema in KEPT:
            shutil.copytree(self.root / schema, root / schema)
        return self.build(root)


@pytest.fixture(scope="module")
def next_day(lake: Settings, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    """The demo's sources are one day on while this fixture lives, and back on their day after it."""
    folder = tmp_path_factory.mktemp("next_day")
    root = folder / "lake"
    shutil.copytree(lake.root, root)
    take_parsed(PROJECT / "target", folder / "target")
    days = Days(root, tables(root), lake.home)
    try:
        bring(lake, replace(demo.line, as_of=demo.line.as_of + timedelta(days=1)))
        call("lakehouse", "ingest", LAKEHOUSE_ROOT=str(root), DLT_DATA_DIR=str(folder / "dlt"))
        days.build(root)
        yield days
    finally:
        bring(lake, demo.line)


def test_the_unit_tests_of_models_pass(lake: Settings, tmp_path: Path) -> None:
    call("dbt", "test", "--select", "test_type:unit", DBT_TARGET_PATH=str(tmp_path), DBT_LOG_PATH=str(tmp_path))
    results = json.loads((tmp_path / "run_results.json").read_text())["results"]
    found = [result["status"] for result in results if result["unique_id"].startswith("unit_test.")]
    assert len(found) > 20
    assert set(found) == {"pass"}


@pytest.mark.commands
def test_a_day_later_every_table_equals_one_built_from_scratch(next_day: Days) -> None:
    after = tables(next_day.root)
    moved = {name for name in after if after[name] != next_day.before.get(name)}
    streamed = {"silver.user_events", "gold.fact_user_events", "gold.fact_inventory", "gold.system_health_hourly"}
    assert streamed <= moved
    assert {"silver.orders", "silver.fx_rates", "gold.fact_sales", "gold.dim_customers", "gold.customer_360"} <= moved
    assert {"gold.fact_payments", "gold.fact_subscriptions", "gold.fact_opportunities", "gold.kpi_daily"} <= moved
    assert_equal_lakes(next_day.root, next_day.from_scratch())


def test_sums_follow_lines_that_a_clock_stamped_which_was_ahead(lake: Settings, tmp_path: Path) -> None:
    gold, ahead = tmp_path / "lake" / "gold", datetime(2100, 1, 1, tzinfo=UTC)
    for name, stamp in (("fact_sales", "_built_at"), ("agg_daily_sales", "_lines_built_at")):
        rows = DeltaTable(f"{lake.root}/gold/{name}").to_pyarrow_table()
        stamped = pa.repeat(pa.scalar(ahead, rows.schema.field(stamp).type), len(rows))
        rows = rows.set_column(rows.column_names.index(stamp), rows.schema.field(stamp), stamped)
        if name == "fact_sales":
            twice = pc.multiply(rows["quantity"], 2)
            rows = rows.set_column(rows.column_names.index("quantity"), rows.schema.field("quantity"), twice)
        write_deltalake(str(gold / name), rows)
    take_parsed(PROJECT / "target", tmp_path / "target")
    build(tmp_path, "agg_daily_sales")
    before, after = (
        pc.sum(DeltaTable(f"{root}/gold/agg_daily_sales").to_pyarrow_table()["units"]).as_py()
        for root in (lake.root, tmp_path / "lake")
    )
    assert after == 2 * before


def test_history_keeps_what_a_day_changed(next_day: Days) -> None:
    customers = DeltaTable(str(next_day.root / "gold" / "dim_customers")).to_pyarrow_table().to_pylist()
    closed = [row for row in customers if not row["is_current"]]
    assert closed
    current = {row["customer_id"]: row for row in customers if row["is_current"]}
    assert all(row["valid_to"] == current[row["customer_id"]]["valid_from"] for row in closed)
    assert all(row["valid_from"] == datetime(1900, 1, 1, tzinfo=UTC) for row in closed)


# -- orders by hand ----------------------------------------------------------------------------------------------------

MONDAY = date(2026, 10, 5)
INSTANT = pa.timestamp("us", "UTC")
META = {
    "_ingest_ts": INSTANT,
    "_ingest_date": pa.date32(),
    "_source": pa.string(),
    "_run_id": pa.string(),
    "_load_id": pa.string(),
    "_row_id": pa.string(),
    "_version": pa.int64(),
}
RATE = {"base": pa.string(), "ccy": pa.string(), "rate_date": pa.date32(), "rate": pa.decimal128(28, 10)}
SCHEMAS: dict[str, dict[str, pa.DataType]] = {
    "snowflake__orders": {
        **dict.fromkeys(("order_id", "customer_id", "status", "payment_method", "currency"), pa.string()),
        "order_date": pa.date32(),
        "total_amount": pa.decimal128(18, 2),
        "created_at": INSTANT,
        "updated_at": INSTANT,
        "is_deleted": pa.bool_(),
    },
    "fx_rates__rates_daily": RATE,
    "fx_rates__rates_hourly": RATE | {"fetched_hour": INSTANT},
}


def order(order_id: str, version: int, total: str = "10.00", **changes: Any) -> dict[str, Any]:
    """A version of an order, good unless `changes` say otherwise."""
    good = {"customer_id": "C1", "status": "pending", "currency": "USD", "order_date": MONDAY}
    return {"order_id": order_id, "_version": version, "total_amount": Decimal(total), **good, **changes}


def rate(ccy: str, day: date, value: str, **more: Any) -> dict[str, Any]:
    """A rate: one dollar is `value` ccy."""
    return {"base": "USD", "ccy": ccy, "rate_date": day, "rate": Decimal(value), "_version": day.toordinal(), **more}


@dataclass
class Shop:
    """A lake of three bronze tables, written by hand, in a home with a clock of its own."""

    home: Path

    @property
    def root(self) -> Path:
        return self.home / "lake"

    def load(self, day: date, **loaded: list[dict[str, Any]]) -> None:
        """One load of each bronze table, on the evening of this day; sets the clock to it."""
        evening = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)
        clock = self.home / "services" / "clock"
        clock.parent.mkdir(parents=True, exist_ok=True)
        clock.write_text(evening.isoformat())
        for table, columns in SCHEMAS.items():
            schema = pa.schema(list((columns | META).items()))
            told = {"_ingest_ts": evening, "_ingest_date": day, "_source": table.split("__")[0], "_load_id": str(day)}
            found = [row | told | {"_row_id": f"{day}/{n}"} for n, row in enumerate(loaded.get(table, []))]
            target = self.root / "bronze" / table
            write_deltalake(
                str(target), pa.Table.from_pylist(found, schema), mode="append", partition_by=["_ingest_date"]
            )

    def build(self, *select: str, root: Path | None = None) -> None:
        """dbt, of the models below orders unless `select` says otherwise."""
        build(self.home, *(select or ("+orders",)), root=root)

    def lines(self, select: str) -> list[str]:
        """Build, and return the lines that macros wrote into dbt's log."""
        found: list[EventMsg] = []
        build(self.home, select, callbacks=[found.append])
        return [event.info.msg for event in found if event.info.name == "JinjaLogInfo"]

    def silver(self, name: str, *columns: str) -> dict[str, Any]:
        """order_id -> a column, or several."""
        found = DeltaTable(str(self.root / "silver" / name)).to_pyarrow_table().to_pylist()
        only: Callable[[dict[str, Any]], Any] = lambda row: row[columns[0]]  # noqa: E731
        several: Callable[[dict[str, Any]], Any] = lambda row: tuple(row[column] for column in columns)  # noqa: E731
        return {row["order_id"]: (only if len(columns) == 1 else several)(row) for row in found}

    def rejected(self, column: str) -> dict[str, Any]:
        """order_id -> a column, of the orders whose latest version breaks a rule."""
        broken = self.silver("orders__validated", "broken_rules", column)
        return {order_id: value for order_id, (rules, value) in broken.items() if rules is not None}

    def assert_equals_scratch(self) -> None:
        root = self.home / "scratch"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.root / "bronze", root / "bronze")
        self.build(root=root)
        left = {name: rows(self.root / "silver" / name) for name in ("orders", "orders__validated", "fx_rates")}
        assert left == {name: rows(root / "silver" / name) for name in left}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name in [name for name in os.environ if name.startswith("LAKEHOUSE_")]:
        monkeypatch.delenv(name)
    take_parsed(PROJECT / "target", tmp_path / "target")
    return Shop(tmp_path)


def test_keys_go_to_quarantine_and_come_back_and_rates_are_followed(shop: Shop) -> None:
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    friday = MONDAY - timedelta(days=3)
    hour = {"fetched_hour": datetime(2026, 10, 5, 22, tzinfo=UTC)}
    shop.load(
        MONDAY,
        snowflake__orders=[
            order("steady", 20),
            order("worse", 10),
            order("better", 10, total="-1.00"),
            order("abroad", 10, currency="EUR"),
            order("unrated", 10, currency="CHF"),
            order("tomorrow", 10, order_date=tuesday),
            order("twice bad", 10, total="-1.00", customer_id=None),
        ],
        fx_rates__rates_daily=[rate("EUR", friday, "0.5")],
        fx_rates__rates_hourly=[rate("EUR", MONDAY, "0.8", **hour)],
    )
    shop.build()
    assert shop.silver("orders", "total_amount_base") == {
        "steady": Decimal("10.0000"),
        "worse": Decimal("10.0000"),
        "abroad": Decimal("12.5000"),
    }
    assert shop.rejected("broken_rules") == {
        "better": "negative_total",
        "unrated": "no_rate",
        "tomorrow": "order_date_out_of_range",
        "twice bad": "negative_total, no_customer_id",
    }

    shop.load(
        tuesday,
        snowflake__orders=[
            order("steady", 10, total="99.00"),
            order("worse", 20, currency="BTC"),
            order("better", 20, total="1.00"),
        ],
        fx_rates__rates_daily=[rate("EUR", MONDAY, "0.4"), rate("CHF", MONDAY, "2")],
    )
    # a build that dies between the two models loses nothing: the next one goes on
    shop.build("+orders__validated")
    shop.build()
    assert shop.silver("orders", "total_amount_base", "total_amount") == {
        "steady": (Decimal("10.0000"), Decimal("10.00")),
        "better": (Decimal("1.0000"), Decimal("1.00")),
        "abroad": (Decimal("25.0000"), Decimal("10.00")),
        "unrated": (Decimal("5.0000"), Decimal("10.00")),
        "tomorrow": (Decimal("10.0000"), Decimal("10.00")),
    }
    assert shop.rejected("broken_rules") == {
        "worse": "unknown_currency",
        "twice bad": "negative_total, no_customer_id",
    }
    loaded = shop.silver("orders", "_loaded_at")
    assert loaded["unrated"] == datetime(2026, 10, 5, 23, tzinfo=UTC)
    assert loaded["better"] == datetime(2026, 10, 6, 23, tzinfo=UTC)

    # an older, good version that arrives late does not bring a quarantined key back
    shop.load(wednesday, snowflake__orders=[order("worse", 15)])
    shop.build()
    assert "worse" not in shop.silver("orders", "order_id")
    assert shop.rejected("_loaded_at")["worse"] == datetime(2026, 10, 6, 23, tzinfo=UTC)
    shop.assert_equals_scratch()


def test_a_table_alone_follows_its_validated_model_and_says_what_is_newer(shop: Shop) -> None:
    rates = [rate("EUR", MONDAY, "0.9")]
    shop.load(MONDAY, snowflake__orders=[order("O1", 1), order("O4", 1)], fx_rates__rates_daily=rates)
    shop.build()
    shop.load(
        MONDAY + timedelta(days=1),
        snowflake__orders=[order("O2", 2, "-1.00"), order("O3", 2), order("O4", 2, "-1.00")],
    )
    assert shop.lines("orders") == [
        "orders is built from orders__validated as of 2026-10-05 23:00:00.000000, and bronze has rows of 2026-10-06 "
        "23:00:00.000000: dbt build --select orders__validated+"
    ]
    assert set(shop.silver("orders", "order_id")) == {"O1", "O4"}
    shop.build("orders__validated")  # a load may also come between the two
    shop.load(MONDAY + timedelta(days=2), snowflake__orders=[order("O2", 3)])
    assert len(shop.lines("orders")) == 1
    assert (set(shop.silver("orders", "order_id")), set(shop.rejected("order_id"))) == ({"O1", "O3"}, {"O2", "O4"})
    validated = shop.silver("orders__validated", "_built_at")
    assert shop.silver("orders", "_built_at")["O3"] > validated["O3"]  # facts look for what came here since their build
    assert shop.lines("+orders") == []
    assert (set(shop.silver("orders", "order_id")), set(shop.rejected("order_id"))) == ({"O1", "O2", "O3"}, {"O4"})
    shop.assert_equals_scratch()


def test_a_table_that_an_older_text_of_its_model_built_is_compared_with_all_of_bronze(shop: Shop) -> None:
    shop.load(
        MONDAY, snowflake__orders=[order("O1", 1), order("O2", 2)], fx_rates__rates_daily=[rate("EUR", MONDAY, "1")]
    )
    shop.build()
    table = DeltaTable(str(shop.root / "silver" / "orders"))
    older = table.to_pyarrow_table().drop_columns(["payment_method"])
    without = older.filter(pc.not_equal(older["order_id"], "O1"))
    write_deltalake(table, without, mode="overwrite", schema_mode="overwrite")
    shop.build()
    assert set(shop.silver("orders", "order_id")) == {"O1", "O2"}


def test_a_lake_with_quarantine_tables_goes_on_with_views(shop: Shop) -> None:
    rates = [rate("EUR", MONDAY, "0.9")]
    shop.load(MONDAY, snowflake__orders=[order("O1", 1), order("O2", 2, "-1.00")], fx_rates__rates_daily=rates)
    shop.build("+orders", "orders__quarantine")
    silver = shop.root / "silver"
    shutil.move(silver / "orders__validated", silver / "orders__quarantine")  # as the models before it made one
    (silver / "_views" / "orders__quarantine.sql").unlink()
    shop.load(MONDAY + timedelta(days=1), snowflake__orders=[order("O2", 3), order("O3", 3, "-1.00")])
    shop.build("+orders", "orders__quarantine")
    assert not (silver / "orders__quarantine").exists()
    assert (silver / "_views" / "orders__quarantine.sql").exists()
    assert (set(shop.silver("orders", "order_id")), set(shop.rejected("order_id"))) == ({"O1", "O2"}, {"O3"})
    shop.assert_equals_scratch()
