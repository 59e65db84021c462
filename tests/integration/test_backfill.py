"""`lakehouse backfill` against the emulated sources, into a lake of its own."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from deltalake import DeltaTable

from devstack.generator import Demo
from ingestion.settings import Settings
from operations.cli import cli
from operations.records.run_record import read_runs

Lakehouse = Callable[..., Result]
DAYS = ("--from", "2026-08-01", "--to", "2026-10-10", "--step", "30d")


@pytest.fixture(scope="module")
def lakehouse(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakehouse]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAKEHOUSE_ROOT", str(tmp_path_factory.mktemp("lake")))
        patch.setenv("LAKEHOUSE_CATALOG", "none")
        patch.setenv("DLT_DATA_DIR", str(tmp_path_factory.mktemp("dlt")))
        yield lambda *words: CliRunner().invoke(cli, words, catch_exceptions=False)


def told(result: Result) -> dict[str, dict]:
    assert result.exit_code == 0, result.stderr
    return {table["name"]: table for table in json.loads(result.stdout)["tables"]}


def ids(name: str) -> list[str]:
    table = DeltaTable(f"{Settings.load().bronze}/{name}").to_pyarrow_table(columns=["_row_id"])
    return sorted(table.column("_row_id").to_pylist())


def test_a_backfill_loads_the_past_once_and_the_daily_load_goes_on_from_there(lakehouse: Lakehouse) -> None:
    users = ("postgres", "--table", "users")
    [preview] = told(lakehouse("backfill", *users, *DAYS, "--dry-run", "--json")).values()
    [first] = told(lakehouse("backfill", *users, *DAYS, "--json")).values()
    assert (preview["units"], preview["rows"]) == (3, first["landed"] + first["quarantined"])
    assert first["steps"] == 3
    [again] = told(lakehouse("backfill", *users, *DAYS, "--json")).values()
    assert (again["finished_before"], again["read"]) == (3, 0)
    assert told(lakehouse("ingest", *users, "--json"))["postgres__users"]["landed"] > 0
    assert told(lakehouse("backfill", *users, *DAYS, "--step", "7d", "--json"))["postgres__users"]["landed"] == 0
    filled = ids("postgres__users")
    [full] = told(lakehouse("ingest", *users, "--full", "--json")).values()
    assert (full["landed"], full["quarantined"]) == (0, 0)
    assert filled == ids("postgres__users")
    run = next(run for run in read_runs(Settings.load()) if run["verb"] == "backfill")
    assert [(step["name"], step["facts"]["steps"]) for step in run["steps"]] == [("postgres__users", 10)]


def test_files_written_in_the_time_are_loaded_and_known_to_the_daily_load(lakehouse: Lakehouse) -> None:
    days = ("--from", "2000-01-01", "--to", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "--step", "9999d")
    filled = told(lakehouse("backfill", "vendor_files", *days, "--parallel", "1", "--json"))
    assert all(table["landed"] for table in filled.values())
    assert all(table["read"] == 0 for table in told(lakehouse("ingest", "vendor_files", "--json")).values())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["oracle", *DAYS], "no source oracle"),
        (["fx_rates", "--table", "rates_hourly", *DAYS], "observed as it is now"),
        (["postgres", "--from", "soon", "--to", "2026-01-01"], "'soon' is no day or instant"),
        (["postgres", "--from", "2026-01-02", "--to", "2026-01-01"], "is not later than --from"),
        (["postgres", "--from", "2026-01-02", "--to", "2999-01-01"], "later than now"),
        (["postgres", *DAYS, "--step", "0d"], "expected days or hours"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(lakehouse: Lakehouse, words: list[str], said: str) -> None:
    result = lakehouse("backfill", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_unreachable_source_fails_in_one_line(lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__POSTGRES__CREDENTIALS", "postgresql://me:hidden@127.0.0.1:9/shop")
    result = lakehouse("backfill", "postgres", "--table", "users", "--from", "2026-01-01", "--to", "2026-01-02")
    assert result.exit_code == 1
    assert "postgres at 127.0.0.1:9/shop is not available" in result.stderr
    assert "hidden" not in result.output
