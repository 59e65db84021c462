"""`lakehouse ingest` against the emulated sources, into a lake of its own."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from deltalake import DeltaTable

from devstack.generator import Demo
from ingestion.settings import Settings
from ingestion.sources import load_sources
from operations.cli import cli
from operations.records.run_record import read_runs

Ingest = Callable[..., Result]
TABLES = sorted(f"{source.name}__{table.name}".lower() for source in load_sources().values() for table in source.tables)


@pytest.fixture(scope="module")
def ingest(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """The command, on a lake that the tests of this module fill."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAKEHOUSE_ROOT", str(tmp_path_factory.mktemp("lake")))
        patch.setenv("LAKEHOUSE_PREFIX", "ingest_")
        patch.setenv("DLT_DATA_DIR", str(tmp_path_factory.mktemp("dlt")))
        yield lambda *words: CliRunner().invoke(cli, ["ingest", *words], catch_exceptions=False)


def versions() -> dict[str, int]:
    """Every bronze table and the version it is at."""
    folder = Path(Settings.load().bronze)
    tables = [path.parent for path in folder.glob("*/_delta_log")]
    return {path.name: DeltaTable(str(path)).version() for path in tables}


def told(result: Result) -> dict[str, dict]:
    assert result.exit_code == 0, result.stderr
    return {table["name"]: table for table in json.loads(result.stdout)["tables"]}


def test_a_dry_run_counts_and_writes_nothing(ingest: Ingest) -> None:
    previews = told(ingest("--dry-run", "--json"))
    assert sorted(previews) == TABLES
    users = previews["postgres__users"]
    assert (users["window_from"], users["units"], users["error"]) == (None, 1, None)
    assert users["rows"] > 0
    assert users["window_to"] < Settings.load().now().isoformat()
    assert not list(Path(Settings.load().root).iterdir())


def test_everything_is_loaded_once_and_a_second_time_nothing(ingest: Ingest) -> None:
    first = told(ingest("--json"))
    assert sorted(first) == TABLES
    assert all(table["read"] == table["landed"] + table["quarantined"] for table in first.values())
    assert all(table["landed"] for table in first.values())
    before = versions()
    second = told(ingest("--json"))
    assert {table["read"] for table in second.values()} == {0}
    assert versions() == before
    assert all(preview["units"] == 0 for preview in told(ingest("--dry-run", "--json")).values())


def test_the_run_is_recorded_table_by_table(ingest: Ingest) -> None:
    told(ingest("postgres", "--json"))
    run = read_runs(Settings.load())[0]
    assert (run["verb"], run["outcome"]) == ("ingest", "done")
    assert sorted(step["name"] for step in run["steps"]) == [name for name in TABLES if name.startswith("postgres__")]


def test_reading_in_full_again_adds_nothing(ingest: Ingest) -> None:
    again = told(ingest("postgres", "salesforce", "vendor_files", "--full", "--json"))
    assert all(table["read"] == table["already_there"] > 0 for table in again.values())


def test_comparing_keys_adds_nothing_where_none_is_gone_and_leaves_out_what_shows_no_deletion(ingest: Ingest) -> None:
    previews = told(ingest("postgres", "salesforce", "snowflake", "--reconcile-keys", "--dry-run", "--json"))
    assert {preview["gone"] for preview in previews.values()} == {0}
    assert {"postgres__subscriptions", "salesforce__account", "snowflake__orders"} < set(previews)
    assert "snowflake__order_items" not in previews
    again = told(ingest("postgres", "salesforce", "--reconcile-keys", "--json"))
    assert {table["read"] for table in again.values()} == {0}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "name the SOURCE"),
        (["cdc"], 1, "cdc__payments: keys can be compared where a table is read by windows"),
        (["snowflake", "--table", "products"], 1, "products has no column that shows a deletion: say deletes='sweep'"),
    ],
)
def test_keys_that_can_not_be_compared_are_an_error(ingest: Ingest, words: list[str], code: int, said: str) -> None:
    result = ingest(*words, "--reconcile-keys")
    assert result.exit_code == code
    assert said in result.stderr


def test_one_table_can_be_named_in_any_spelling(ingest: Ingest) -> None:
    assert list(told(ingest("salesforce", "--table", "account", "--json"))) == ["salesforce__account"]
    assert list(told(ingest("--table", "postgres__users", "--json"))) == ["postgres__users"]
    of_two = told(ingest("salesforce.account", "postgres.users", "postgres.users", "--json"))
    assert sorted(of_two) == ["postgres__users", "salesforce__account"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["oracle"], "no source oracle; there are cdc, fx_rates, "),
        (["postgres", "--table", "x"], "no table x; there are postgres users"),
        (["postgres.x"], "no table postgres.x; there are postgres.users, "),
    ],
)
def test_unknown_names_are_usage_errors_that_list_the_known(ingest: Ingest, words, said) -> None:
    result = ingest(*words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_unreachable_source_fails_alone_in_one_line(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__POSTGRES__CREDENTIALS", "postgresql://me:hidden@127.0.0.1:9/shop")
    result = ingest("postgres", "salesforce")
    assert result.exit_code == 1
    [line] = [line for line in result.stderr.splitlines() if line.startswith("lakehouse: ")]
    assert "postgres at 127.0.0.1:9/shop is not available" in line
    assert line.endswith("go on with: lakehouse ingest postgres)")
    assert "hidden" not in result.output + result.stderr
    outcomes = {step["name"]: step["outcome"] for step in read_runs(Settings.load())[0]["steps"]}
    assert {outcome for name, outcome in outcomes.items() if name.startswith("postgres")} == {"failed"}
    assert {outcome for name, outcome in outcomes.items() if name.startswith("salesforce")} == {"done"}


def test_glue_knows_what_was_loaded(ingest: Ingest) -> None:
    import boto3

    pages = boto3.client("glue").get_paginator("get_tables").paginate(DatabaseName="ingest_bronze")
    known = {table["Name"] for page in pages for table in page["TableList"]}
    assert known == {path.parent.name for path in Path(Settings.load().bronze).glob("*/_delta_log")}
