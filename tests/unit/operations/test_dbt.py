import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.settings import SettingError, Settings
from operations.commands.run import run
from operations.dbt.command import LOCKED, DbtError, DbtOutcome, NodeFailure, run_dbt

DBT = """#!{python}
import json, os, pathlib, sys
args = sys.argv[1:]
target = pathlib.Path(os.environ["DBT_TARGET_PATH"])
target.mkdir(parents=True, exist_ok=True)
metadata = {{"env": {{"LAKEHOUSE_RUN_ID": os.environ["DBT_ENV_CUSTOM_ENV_LAKEHOUSE_RUN_ID"]}}}}
results = [
    {{"unique_id": "model.lakehouse.orders", "status": "success", "message": "OK"}},
    {{"unique_id": "test.lakehouse.unique_orders.0a1b2c3d4e", "status": "fail", "message": "Got 2,\\n wanted 0"}},
]
print("Running", args[0])
(target / "run_results.json").write_text(json.dumps({{"metadata": metadata, "results": results}}))
sys.exit(1)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.load(), home=tmp_path, root=str(tmp_path / "lake"))


def install(path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(text.format(python=sys.executable))
    path.chmod(0o755)
    monkeypatch.setenv("LAKEHOUSE_DBT", str(path))


def test_counts_and_failures_come_from_dbts_own_results(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "dbt", DBT, monkeypatch)
    lines: list[str] = []
    outcome = run_dbt(settings, ["build"], run_id="r1", on_line=lines.append)
    assert lines == ["Running build"]
    assert outcome.counts == {"model": {"success": 1}, "test": {"fail": 1}}
    assert [failure.name for failure in outcome.failures] == ["unique_orders"]
    with pytest.raises(DbtError, match=r"^unique_orders: Got 2, wanted 0$"):
        outcome.check()


def test_results_of_an_earlier_run_are_not_taken_for_this_ones(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "dbt", DBT, monkeypatch)
    run_dbt(settings, ["build"], run_id="r1", on_line=lambda _: None)
    install(tmp_path / "dbt", "#!{python}\nimport sys\nprint('Could not parse')\nsys.exit(2)\n", monkeypatch)
    outcome = run_dbt(settings, ["build"], run_id="r2", on_line=lambda _: None)
    assert (outcome.counts, outcome.failures) == ({}, ())
    assert outcome.error == "Could not parse"


def test_a_missing_dbt_is_an_error_of_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_DBT", "/nowhere/dbt")
    with pytest.raises(SettingError, match=r"no dbt at /nowhere/dbt: set LAKEHOUSE_DBT"):
        run_dbt(settings, ["build"], run_id="r1")


def test_another_target_is_refused_and_a_run_loads_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_TARGET", "spark")
    refused = r"^LAKEHOUSE_TARGET is 'spark': expected local, .*; unset it, or .* `dbt build --target spark`$"
    with pytest.raises(SettingError, match=refused):
        run_dbt(settings, ["build"], run_id="r1")
    with pytest.raises(SettingError, match=refused):
        run(settings, ("ingest", "build"))
    assert not settings.runs.exists()


def test_an_interrupt_reaches_dbt_once_and_ends_after_it(settings: Settings, tmp_path: Path) -> None:
    dbt = tmp_path / "dbt"
    dbt.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, signal\n"
        "try:\n    print('started', flush=True)\n    signal.pause()\n"
        f"except KeyboardInterrupt:\n    pathlib.Path({str(tmp_path / 'interrupted')!r}).write_text('x')\n"
    )
    dbt.chmod(0o755)
    program = f"""
from dataclasses import replace
from pathlib import Path
from ingestion.settings import Settings
from operations.dbt.command import run_dbt
run_dbt(replace(Settings.load(), home=Path({str(tmp_path)!r})), ["build"], run_id="r1")
"""
    env = {**os.environ, "LAKEHOUSE_DBT": str(dbt)}
    parent = subprocess.Popen([sys.executable, "-c", program], env=env, text=True, stderr=subprocess.PIPE)
    assert parent.stderr is not None
    assert parent.stderr.readline() == "started\n"
    parent.send_signal(signal.SIGINT)
    _, said = parent.communicate(timeout=300)
    assert "KeyboardInterrupt" in said
    assert (tmp_path / "interrupted").read_text() == "x"


def failing(*messages: str) -> DbtOutcome:
    failures = tuple(NodeFailure(f"model.lakehouse.m{n}", "error", message) for n, message in enumerate(messages))
    return DbtOutcome(1, 1.0, {}, failures, ())


def test_one_cause_that_fails_every_node_is_told_once() -> None:
    assert failing("no space", "no space", "bad cast").error == "m0: no space; m2: bad cast; and 1 more node failed"


def test_at_most_three_causes_are_told() -> None:
    assert failing("a", "b", "c", "d", "d").error == "m0: a; m1: b; m2: c; and 2 more nodes failed"


def test_a_lock_held_by_another_build_is_recognised() -> None:
    from dbt.adapters.lake import lock

    assert LOCKED in Path(lock.__file__).read_text()
    assert failing(f"Runtime Error {LOCKED}: it is held by process 1").is_locked
    assert not failing("no space").is_locked


def test_a_watch_can_stop_dbt_for_a_reason(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(
        tmp_path / "dbt",
        "#!{python}\nimport signal\nprint('waiting', flush=True)\nsignal.pause()\n",
        monkeypatch,
    )
    lines: list[str] = []
    with pytest.raises(DbtError, match=r"^the server is gone$"):
        run_dbt(
            settings,
            ["build"],
            run_id="r1",
            on_line=lines.append,
            watch=lambda: "the server is gone" if "waiting" in lines else None,
        )


def test_an_error_is_told_without_dbts_stack() -> None:
    said = (
        "12:00:00  Running",
        "12:00:01  Encountered an error:",
        "no such macro",
        "Traceback (most recent call last):",
    )
    assert DbtOutcome(2, 1.0, {}, (), (*said, "  File ...")).error == "Encountered an error: no such macro"
