"""Known dirt lands exactly where devstack/dirt.yml says: the lake's counts against the generator's own."""

from collections import Counter
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from devstack.generator import Demo, Landing, expected
from devstack.generator.landing import MODELS, silver
from devstack.generator.warnings import warned
from ingestion.settings import Settings

TABLES = pytest.mark.parametrize("table", MODELS, ids=".".join)


@pytest.fixture(scope="module")
def landings(demo: Demo) -> dict[tuple[str, str], Landing]:
    return expected(demo)


def by_rule(root: Path, table: str, rules: str) -> dict[str, int]:
    """How many rows of a quarantine table break each rule; a row may break several."""
    path = root / f"{table}__quarantine"
    if not DeltaTable.is_deltatable(str(path)):
        return {}
    found = DeltaTable(str(path)).to_pyarrow_table(columns=[rules])
    return dict(Counter(rule for broken in found[rules].to_pylist() for rule in broken.split(", ")))


def broken_in_silver(root: Path, model: str) -> dict[str, int]:
    """Rule -> number of keys that break it; a key may break several."""
    path = root / f"{model}__validated"
    if not DeltaTable.is_deltatable(str(path)):
        return {}
    found = DeltaTable(str(path)).to_pyarrow_table(columns=["broken_rules"])["broken_rules"].drop_null().to_pylist()
    return dict(Counter(rule for broken in found for rule in broken.split(", ")))


def count(root: Path, table: str) -> int:
    return DeltaTable(str(root / table)).to_pyarrow_dataset().count_rows()


def bronze_name(table: tuple[str, str]) -> str:
    return "__".join(table).lower()


@TABLES
def test_bronze_keeps_every_row_it_can_hold(
    lake: Settings, landings: dict[tuple[str, str], Landing], table: tuple[str, str]
) -> None:
    bronze = Path(lake.bronze)
    assert count(bronze, bronze_name(table)) == landings[table].landed
    assert by_rule(bronze, bronze_name(table), "rule") == landings[table].quarantined


@TABLES
def test_a_load_accounts_for_every_row_that_the_source_served(
    lake: Settings, landings: dict[tuple[str, str], Landing], table: tuple[str, str]
) -> None:
    loads = DeltaTable(f"{lake.bronze}/loads").to_pyarrow_table()  # noqa: F841 - the query below reads it
    columns = ("rows_read", "rows_landed", "rows_quarantined", "rows_already_there")
    sums = ", ".join(f"sum({column})" for column in columns)
    [(read, landed, quarantined, already_there)] = duckdb.sql(
        f"select {sums} from loads where table_name = '{bronze_name(table)}'"
    ).fetchall()
    assert read == landed + quarantined + already_there
    assert read - already_there == landings[table].served


@TABLES
def test_silver_holds_each_sound_key_once(
    lake: Settings, landings: dict[tuple[str, str], Landing], table: tuple[str, str]
) -> None:
    silver = Path(lake.root) / f"{lake.prefix}silver"
    landing = landings[table]
    assert count(silver, landing.model) == landing.silver
    assert broken_in_silver(silver, landing.model) == landing.silver_quarantined


def test_dbt_finds_exactly_the_rows_that_are_odd_and_warns_of_none_that_is_known(lake: Settings, demo: Demo) -> None:
    wanted = warned(demo)
    records = DeltaTable(f"{lake.root}/audit/dq_results").to_pyarrow_table().to_pylist()
    found = {row["test"]: row for row in records}
    assert {name: found[name]["rows_failed"] for name in wanted} == wanted
    assert len([row for row in records if row["status"] == "warn"]) <= 3


MONEY = """
with ledger as (
    select
        order_id, currency, min(posted_at) filter (transaction_type = 'charge')::date as charged_date,
        sum(case when transaction_type = 'charge' then amount else 0 end) as charged,
        sum(case when transaction_type in ('refund', 'chargeback') then amount else 0 end) as given_back
    from postings group by all
),
orders as (
    select
        order_id, count(payment_id) as payments, coalesce(any_value(charged), 0) as charged,
        coalesce(any_value(given_back), 0) as given_back, any_value(charged_date) as charged_date,
        coalesce(
            sum(p.amount::decimal(18, 2)) filter (status in ('captured', 'refunded') and "Op" <> 'D'), 0
        ) as captured
    from payments p full join ledger using (order_id, currency) group by order_id, currency
)
select
    count(*) filter (
        payments > 0 and case
            when captured > 0 then captured <> charged else charged <> given_back and charged_date <= $day::date - 7
        end
    ),
    count(*) filter (payments = 0 and charged > given_back and charged_date <= $day::date - 7)
from orders
"""
"""Orders whose money is not captured as it was charged, and charged ones without a payment."""


def test_dbt_finds_the_money_that_was_charged_and_neither_captured_nor_given_back(lake: Settings, demo: Demo) -> None:
    with duckdb.connect() as connection:
        for name, table in {
            "payments": ("cdc", "payments"),
            "postings": ("snowflake", "financial_transactions"),
        }.items():
            connection.register(name, silver(table, demo.tables[table]))
        wanted = connection.execute(MONEY, {"day": demo.line.as_of}).fetchone()
    records = DeltaTable(f"{lake.root}/audit/dq_results").to_pyarrow_table().to_pylist()
    found = {row["test"]: row["rows_failed"] for row in records}
    assert wanted == (found["captured_money_is_what_was_charged"], found["charged_orders_have_a_payment"])
    assert wanted is not None
    assert min(wanted) > 0
