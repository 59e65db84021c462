"""Test results are state of a lake and its prefix: `audit.dq_results`, written by every build, replaced by none."""

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from ingestion.settings import PROJECT
from operations.dbt.command import take_parsed
from operations.dbt.test_warnings import warnings_of

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

    def build(self, *words: str, tests: Iterable[str] = (TEST,), **variables: str) -> int:
        """Build nothing but tests, of tables as they stand; dbt's exit code."""
        folders = {"DBT_TARGET_PATH": str(self.folder / "target"), "DBT_LOG_PATH": str(self.folder / "logs")}
        places = {"LAKEHOUSE_HOME": str(self.folder), "LAKEHOUSE_ROOT": str(self.root)}
        env = {**os.environ, **folders, **places, **variables}
        command = [self.command, "--quiet", "build", "--select", *tests, *words]
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


@dataclass(frozen=True)
class Look:
    """A test of severity warn, what it finds, and what builds before recorded: (rows failed, rows checked) each."""

    test: str
    table: str
    column: str
    bad: str | None
    """A value of the column that fails it."""
    now: tuple[int, int]
    before: tuple[tuple[int, int], ...]
    warns: bool

    @property
    def rows(self) -> pa.Table:
        """The table as it stands now."""
        failed, checked = self.now
        values = [self.bad] * failed + ["ana@example.com"] * (checked - failed)
        loaded = pa.repeat(pa.scalar(datetime.now(UTC), pa.timestamp("us", "UTC")), checked)
        return pa.table({self.column: pa.array(values, pa.string()), "_loaded_at": loaded})


LOOKS = (
    Look("users_have_a_usable_email", "silver.users", "email", "nobody", (70, 1000), ((20, 1000),), warns=True),
    Look(
        "customers_have_a_usable_email",
        "silver.customers",
        "email",
        "nobody",
        (70, 1000),
        ((20, 1000), (68, 990)),
        warns=False,
    ),
    Look(
        "contacts_have_a_usable_email", "silver.contacts", "email", "nobody", (200, 10000), ((20, 1000),), warns=False
    ),
    Look(
        "subscriptions_have_a_value_in_base_currency",
        "silver.subscriptions",
        "monthly_amount_base",
        None,
        (1, 1000),
        ((0, 1000),),
        warns=True,
    ),
    Look(
        "vendor_prices_have_a_value_in_base_currency",
        "silver.vendor_prices",
        "unit_cost_base",
        None,
        (90, 1000),
        (),
        warns=False,
    ),
    Look(
        "recurring_revenue_has_a_value_in_base_currency",
        "gold.fact_subscriptions",
        "mrr_base",
        None,
        (110, 1000),
        (),
        warns=True,
    ),
    Look(
        "postings_have_a_value_in_base_currency",
        "silver.financial_transactions",
        "amount_base",
        None,
        (40, 200),
        ((60, 1000),),
        warns=False,
    ),
)
"""Fifty rows more; the same as the build before, which warned; a table ten times as large; the first row ever; below
and above a tenth of the rows where nothing is known; new rows, of a table of which all rows were tested yesterday."""


def test_a_test_warns_of_what_is_new(lake: Lake) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    known = [
        {"run_id": f"2026010{day}T020000Z-aaaa", "test": look.test, "rows_failed": failed, "rows_checked": checked}
        | {"status": "pass", "is_partial": False, "started_at": yesterday + timedelta(hours=day)}
        for look in LOOKS
        for day, (failed, checked) in enumerate(look.before, start=1)
    ]
    lake.write("audit", "dq_results", pa.Table.from_pylist(known, NEW))
    for look in LOOKS:
        lake.write(*look.table.split("."), look.rows)
    assert lake.build(tests=[look.test for look in LOOKS]) == 0
    found = {row["test"]: row for row in lake.results() if row["run_id"] > "20260201"}
    assert {
        test: (row["status"], row["rows_failed"], row["rows_before"], row["rows_checked"])
        for test, row in found.items()
    } == {
        look.test: (
            "warn" if look.warns else "pass",
            look.now[0],
            look.before[-1][0] if look.before else None,
            look.now[1],
        )
        for look in LOOKS
    }
    results = json.loads((lake.folder / "target" / "run_results.json").read_text())["results"]
    told = {warning.test: (warning.rows_failed, warning.rows_before) for warning in warnings_of(results)}
    assert told == {
        test: (row["rows_failed"], row["rows_before"]) for test, row in found.items() if row["status"] == "warn"
    }


def test_one_more_broken_attribute_of_a_record_that_others_name_warns(lake: Lake) -> None:
    instant, prices = datetime.now(UTC), "products_have_a_usable_list_price"
    countries = "accounts_are_billed_in_known_countries"
    known = {"run_id": "20260101T020000Z-aaaa", "status": "pass", "is_partial": False, "started_at": instant}
    known |= {"rows_checked": 100}
    before = [known | {"test": prices, "rows_failed": 6}, known | {"test": countries, "rows_failed": 0}]
    lake.write("audit", "dq_results", pa.Table.from_pylist(before, NEW))
    broken = [{"list_price": None if row < 7 else Decimal("9.99")} for row in range(100)]
    lake.write("silver", "products", pa.Table.from_pylist([row | {"list_price_received": -1.0} for row in broken]))
    received = {"ours": "Germany", "nowhere": "Atlantis", "blank": " ", "none": None}
    bronze = [{"id": key, "billing_country": text, "_ingest_ts": instant} for key, text in received.items()]
    earlier = {"id": "ours", "billing_country": "Atlantis", "_ingest_ts": instant - timedelta(days=1)}
    lake.write("bronze", "salesforce__account", pa.Table.from_pylist([*bronze, earlier]))
    codes = [(key, "DE" if key == "ours" else None) for key in received]
    silver = [{"id": key, "billing_country": code, "_loaded_at": instant} for key, code in codes]
    lake.write("silver", "accounts", pa.Table.from_pylist(silver))
    assert lake.build(tests=[prices, countries]) == 0
    found = [row for row in lake.results() if row["run_id"] > "20260201"]
    assert {row["test"]: (row["status"], row["rows_failed"], row["rows_before"]) for row in found} == {
        prices: ("warn", 7, 6),
        countries: ("warn", 1, 0),
    }
