import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingestion.settings import Settings
from operations.cli import cli
from operations.commands.gate import GateClosed, check_build, check_sizes
from operations.publishing.dbt_queries import Held, LakeTable


def table(name: str, rows: int) -> LakeTable:
    return LakeTable(name, "gold", name, {}, (), 1, Held(rows, "0"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.load(), root=str(tmp_path), prefix="ana_")


def write(settings: Settings, text: str) -> None:
    place = Path(settings.root) / "ana_gold" / "_gate.json"
    place.parent.mkdir()
    place.write_text(text)


def verdict_with(unproven: Mapping[str, str]) -> str:
    known = {"run_id": "r", "command": "dbt build", "started_at": "2026-10-15T02:00:00", "ended_at": "x"}
    return json.dumps({**known, "unproven": unproven})


def test_the_verdict_of_the_prefix_counts_and_what_failed_is_named_before_what_was_skipped(settings: Settings) -> None:
    skipped = {f"model.lakehouse.fact_{number}": "skipped: " for number in range(9)}
    write(settings, verdict_with({**skipped, "test.lakehouse.totals_add_up.1a2b": "fail: Got 5 results"}))
    with pytest.raises(GateClosed, match=r"10 nodes .*, test totals_add_up \(fail: Got 5 results\), .* and 7 more"):
        check_build(settings)


def test_one_node_that_failed_is_a_singular(settings: Settings) -> None:
    write(settings, verdict_with({"model.lakehouse.fact_sales": "error: no space"}))
    with pytest.raises(GateClosed, match=r": 1 node has failed or was not built since, model fact_sales \("):
        check_build(settings)


def test_a_verdict_that_cannot_be_read_closes_the_gate(settings: Settings) -> None:
    write(settings, '{"run_id": ')
    with pytest.raises(GateClosed, match=r"ana_gold/_gate.json, can't be read"):
        check_build(settings)


def test_a_table_with_less_than_half_of_its_copys_rows_is_refused() -> None:
    check_sizes([table("fact_sales", 50), table("dim_new", 1)], {"fact_sales": 100, "dim_gone": 7})
    with pytest.raises(GateClosed, match=r"1 table with .*: fact_sales \(copy 1,000, lake 499\); .* --allow-shrink"):
        check_sizes([table("fact_sales", 499), table("dim_new", 1)], {"fact_sales": 1000})


@pytest.fixture
def asked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Result]:
    """Runs `lakehouse gate` on the lake."""
    monkeypatch.setenv("LAKEHOUSE_ROOT", settings.root)
    monkeypatch.setenv("LAKEHOUSE_PREFIX", settings.prefix)
    monkeypatch.setenv("LAKEHOUSE_HOME", str(Path(settings.root) / "home"))
    return lambda: CliRunner().invoke(cli, ["gate"])


def test_the_verb_names_the_build_that_proved_everything(settings: Settings, asked: Callable[[], Result]) -> None:
    write(settings, verdict_with({}))
    assert (asked().exit_code, asked().output) == (0, "gold may be published: dbt build of run r, ended x\n")


def test_the_verb_fails_with_the_names_of_what_is_not_proven(settings: Settings, asked: Callable[[], Result]) -> None:
    write(settings, verdict_with({"test.lakehouse.totals_add_up.1a2b": "fail: Got 5 results"}))
    with pytest.raises(GateClosed, match="totals_add_up"):
        raise asked().exception or AssertionError("the gate is open")


def test_the_verb_says_that_no_build_left_a_verdict(asked: Callable[[], Result]) -> None:
    ended = asked()
    assert ended.exit_code == 0
    assert "no verdict" in ended.output
