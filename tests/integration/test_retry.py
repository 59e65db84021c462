"""A build that failed on one machine goes on on another: two homes, one lake, one folder of artifacts."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingestion.settings import Settings
from operations.commands.gate import GateClosed, check_build
from tests.conftest import PREFIXES

pytestmark = pytest.mark.commands

LAKEHOUSE = Path(sys.executable).with_name("lakehouse")


@dataclass(frozen=True)
class Machine:
    """A home of its own, on the lake that all share."""

    home: Path
    shared: dict[str, str]

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}
        # dbt itself: the one of tests, which is imported already, leaves no run's id in its results
        environment = {**others, **self.shared, "LAKEHOUSE_HOME": str(self.home), "LAKEHOUSE_ENVIRONMENT": "test"}
        return subprocess.run([LAKEHOUSE, "run", *words], env=environment, capture_output=True, text=True)

    def built(self) -> dict[str, Any]:
        """The facts of the only run's build."""
        [path] = (self.home / "runs").glob("*.json")
        record = json.loads(path.read_text())
        [step] = [step for step in record["steps"] if step["kind"] == "build"]
        return {**step["facts"], "name": step["name"], "run_id": record["run_id"]}


def test_a_fresh_machine_builds_what_failed_elsewhere_and_nothing_else(
    lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(lake.bronze, tmp_path / "lake" / "bronze")
    shared = {
        "LAKEHOUSE_ROOT": str(tmp_path / "lake"),
        "LAKEHOUSE_ARTIFACTS": str(tmp_path / "artifacts"),
        "LAKEHOUSE_NOW": lake.now().isoformat(),
    }
    in_the_way = tmp_path / "lake" / "gold" / "fact_sales"
    in_the_way.parent.mkdir()
    in_the_way.write_text("no table can be written here")
    one, other = (Machine(tmp_path / name, shared) for name in ("one", "other"))
    failed = one.run("--only", "build")
    run_id = one.built()["run_id"]
    assert failed.returncode == 1
    assert f"what failed alone, on any machine: lakehouse run --only build --retry {run_id}" in failed.stderr
    monkeypatch.setenv("LAKEHOUSE_ROOT", shared["LAKEHOUSE_ROOT"])
    with pytest.raises(GateClosed, match="fact_sales"):
        check_build(Settings.load())

    in_the_way.unlink()
    done = other.run("--only", "build", "--retry", run_id)
    assert done.returncode == 0, done.stderr
    built = other.built()
    assert (built["name"], built["retry_of"]) == ("dbt retry", run_id)
    missing = one.built()["counts"]["model"]
    assert missing["error"] == 1
    assert built["counts"]["model"] == {"success": missing["error"] + missing["skipped"]}
    assert missing["success"] > 20
    check_build(Settings.load())


def test_a_run_that_left_nothing_is_named_with_the_command_to_use(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home", {"LAKEHOUSE_ARTIFACTS": str(tmp_path / "artifacts")})
    ran = machine.run("--only", "build", "--retry", "20261015T020000Z-1a2b")
    assert ran.returncode == 1
    assert "run 20261015T020000Z-1a2b left no run_results.json at" in ran.stderr


def test_a_retry_is_of_a_build(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home", {})
    ran = machine.run("--retry", "20261015T020000Z-1a2b")
    assert ran.returncode == 2
    assert "--retry takes the id of a run (`lakehouse status`), with --only build" in ran.stderr
