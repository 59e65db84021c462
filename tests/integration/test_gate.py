"""What a build leaves in the lake for publish to read, in a small project with the real one's hooks and macros."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from dbt.cli.main import dbtRunner
from deltalake import DeltaTable
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from ingestion.settings import PROJECT, Settings
from operations.commands.gate import GateClosed, check_build, verdict

pytestmark = pytest.mark.commands

TESTS = """
models:
  - name: fact_lines
    columns: [{name: id, data_tests: [{accepted_values: {name: lines_have_a_known_id, arguments: {values: ["1"]}}}]}]
"""


@dataclass(frozen=True)
class Project:
    """A dbt project with a lake of its own: fact_lines with an error test, and fact_sums."""

    path: Path

    @property
    def settings(self) -> Settings:
        return Settings.load()

    def model(self, name: str, query: str) -> None:
        (self.path / "models" / "gold" / f"{name}.sql").write_text(query)

    def dbt(self, *words: str) -> bool:
        folders = ["--project-dir", str(self.path), "--profiles-dir", str(PROJECT)]
        return bool(dbtRunner().invoke(["--quiet", *words, *folders]).success)

    def ids(self, name: str, schema: str = "gold") -> list[str]:
        return list(DeltaTable(f"{self.settings.root}/{schema}/{name}").to_pyarrow_table()["id"].to_pylist())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests: dbt reads the macros once."""
    folder = tmp_path_factory.mktemp("gate")
    real = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    hooks = [hook for hook in real["on-run-end"] if "record_test_results" not in hook]
    project = {
        "name": "lakehouse",
        "profile": "lakehouse",
        "model-paths": ["models"],
        "macro-paths": [str(PROJECT / "macros")],
        "on-run-start": [hook for hook in real["on-run-start"] if "dq_results" not in hook],
        "on-run-end": hooks,
        "models": {"lakehouse": {"gold": {"+schema": "gold", "+materialized": "table"}}},
        "flags": {"send_anonymous_usage_stats": False},
    }
    (folder / "models" / "gold").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(json.dumps(project))
    (folder / "models" / "gold" / "fact_lines.yml").write_text(TESTS)
    return folder


@pytest.fixture
def project(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    monkeypatch.setenv("LAKEHOUSE_ROOT", str(tmp_path / "lake"))
    project = Project(folder)
    project.model("fact_lines", "select '1' as id")
    project.model("fact_sums", "select '2' as id")
    return project


def test_a_failed_error_test_closes_the_gate_until_it_passes(project: Project) -> None:
    assert check_build(project.settings) is None, "no build, no verdict"
    assert project.dbt("build")
    check_build(project.settings)
    project.model("fact_lines", "select 'unknown' as id")
    assert not project.dbt("build")
    with pytest.raises(GateClosed, match=r"1 node .* test lines_have_a_known_id \(fail: Got 1 result"):
        check_build(project.settings)
    assert project.dbt("build", "-s", "fact_sums")
    with pytest.raises(GateClosed, match="lines_have_a_known_id"):
        check_build(project.settings)
    project.model("fact_lines", "select '1' as id")
    assert project.dbt("build", "-s", "fact_lines")
    check_build(project.settings)


def test_what_is_skipped_keeps_the_gate_closed_and_a_node_that_is_gone_does_not(project: Project) -> None:
    project.model("fact_lines", "select nothing as id")
    project.model("fact_sums", "select * from {{ ref('fact_lines') }}")
    assert not project.dbt("build")
    found = verdict(project.settings)
    assert found is not None
    names = {node.split(".")[2]: reason.split(":")[0] for node, reason in found.unproven.items()}
    assert names == {"fact_lines": "error", "fact_sums": "skipped", "lines_have_a_known_id": "skipped"}
    project.model("fact_lines", "select '1' as id")
    (project.path / "models" / "gold" / "fact_sums.sql").unlink()
    assert project.dbt("build", "-s", "fact_lines")
    check_build(project.settings)


def test_a_build_that_is_killed_closes_the_gate(project: Project) -> None:
    assert project.dbt("build")
    project.model(
        "fact_sums", "select cast(sum(a.id * b.id) as string) as id from range(10000000) as a, range(10000000) as b"
    )
    command = [Path(sys.executable).with_name("dbt"), "build", "--project-dir", project.path, "--profiles-dir", PROJECT]
    with subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT) as build:

        @retry(retry=retry_if_result(lambda begun: not begun), stop=stop_after_delay(300), wait=wait_fixed(0.1))
        def begun() -> bool:
            assert build.poll() is None
            found = verdict(project.settings)
            return found is not None and bool(found.unproven)

        begun()
        build.send_signal(signal.SIGKILL)
    with pytest.raises(GateClosed, match=r"\(not finished\).* has not ended: it is running, or was killed"):
        check_build(project.settings)


@pytest.mark.parametrize("option", [("--empty",), ("--sample", "1 day")])
def test_a_part_of_the_rows_is_never_built_into_the_tables_that_readers_use(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: tuple[str, ...]
) -> None:
    assert project.dbt("build")
    project.model("fact_sums", "select id from {{ ref('fact_lines') }}")
    assert not project.dbt("build", *option)
    assert f"LAKEHOUSE_PREFIX=my_ dbt build {option[0]}" in capsys.readouterr().out
    assert project.ids("fact_sums") == ["2"]
    monkeypatch.setenv("LAKEHOUSE_PREFIX", "my_")
    assert project.dbt("build", *option, "-s", "+fact_sums")
    assert project.ids("fact_sums", "my_gold") == ([] if option[0] == "--empty" else ["1"])
    assert project.ids("fact_sums") == ["2"]
