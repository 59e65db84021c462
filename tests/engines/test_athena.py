"""The offline Athena refuses what Athena refuses, by the same API, and says so where it knows less."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.engines.engine import Engine
from tests.engines.on_athena import BUCKET, Athena

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def athena(open_engine: Callable[[str], Engine]) -> Athena:
    """The engine, with a schema for these tests."""
    opened = open_engine("athena")
    assert isinstance(opened, Athena)
    opened.ask("create schema if not exists `scratch`")
    return opened


def made(name: str, query: str) -> str:
    """A statement as dbt-athena writes it."""
    where = f"location='s3://{BUCKET}/scratch/{name}'"
    head = f"table_type='iceberg', is_external=false, {where}, format='parquet'"
    return f'/* dbt */ create table "awsdatacatalog"."scratch"."{name}" with ({head}) as {query}'


def test_a_table_is_made_written_to_changed_and_read(athena: Athena) -> None:
    athena.ask(made("orders", "select 'a' as id, timestamp '2026-10-15 00:00:00.000001' as at"))
    athena.ask("alter table `scratch`.`orders` add columns (`note` string, `seen_at` timestamp)")
    athena.ask("insert into scratch.orders values ('b', null, 'x', timestamp '2026-10-16 00:00:00.000002')")
    athena.ask("alter table `scratch`.`orders` rename to `scratch`.`kept`")
    assert athena.ask("select * from scratch.kept order by id -- all of it") == [
        {"id": "a", "at": "2026-10-15 00:00:00.000001", "note": None, "seen_at": None},
        {"id": "b", "at": None, "note": "x", "seen_at": "2026-10-16 00:00:00.000002"},
    ]


def test_a_view_follows_its_table(athena: Athena) -> None:
    athena.ask(made("prices", "select 'a' as sku, cast(1 as decimal(18, 2)) as price"))
    view = '"awsdatacatalog"."scratch"."cheap"'
    for limit in (2, 3):
        query = f'select sku from "awsdatacatalog"."scratch"."prices" where price < {limit}'
        athena.ask(f"create or replace view {view} as {query}")
    athena.ask("insert into scratch.prices values ('b', decimal '2.50')")
    assert athena.ask("select * from scratch.cheap order by sku") == [{"sku": "a"}, {"sku": "b"}]
    athena.ask(f"drop view {view}")
    with pytest.raises(AssertionError, match="TABLE_NOT_FOUND"):
        athena.ask("select * from scratch.cheap")


def test_a_schema_that_several_ask_for_at_once_is_made_once(athena: Athena) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(athena.ask, ["create schema if not exists `together`"] * 8)) == [[]] * 8
    with pytest.raises(AssertionError, match="SCHEMA_ALREADY_EXISTS"):
        athena.ask("create schema `together`")


def test_more_rows_than_a_page_holds_all_arrive(athena: Athena) -> None:
    rows = athena.ask("select n from unnest(sequence(1, 2500)) as numbers (n) order by n")
    assert [row["n"] for row in rows] == [str(n) for n in range(1, 2501)]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("timestamp '2026-10-15 00:00:00.000'", r"x: timestamp\(3\) not supported for Iceberg: use timestamp\(6\)"),
        ("timestamp '2026-10-15 00:00:00.000000 UTC'", "with time zone not supported for Iceberg"),
        ("cast(1 as smallint)", "type smallint not supported for Iceberg"),
        ("null", "type unknown not supported for Iceberg"),
    ],
)
def test_types_that_athena_does_not_write_into_iceberg_are_refused(athena: Athena, column: str, reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        athena.ask(made("refused", f"select {column} as x"))


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("select * from scratch.nothing", "TABLE_NOT_FOUND"),
        ("create or replace table scratch.kept as select 1 as x", "NOT_SUPPORTED"),
        ("truncate table scratch.kept", "NOT_SUPPORTED"),
        ("create table scratch.hive as select 1 as x", "creates Iceberg tables only"),
    ],
)
def test_what_it_can_not_do_is_said(athena: Athena, statement: str, reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        athena.ask(statement)
