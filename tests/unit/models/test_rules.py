"""Rules stand once, in a model's YAML: what is wrong there is found when the model is compiled, and what changed there
is a change of the model."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult

from ingestion.settings import PROJECT

PARTS = ("dbt_project.yml", "profiles.yml", "dbt_project", "macros", "seeds")
RULE = "{name: negative_total, condition: total_amount < 0}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the dbt project."""
    copy = tmp_path / "project"
    copy.mkdir()
    for name in PARTS:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, copy / name)
        else:
            shutil.copy(PROJECT / name, copy / name)
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def dbt(project: Path) -> Callable[..., dbtRunnerResult]:
    folders = ("--project-dir", str(project), "--profiles-dir", str(project))
    return lambda *words: dbtRunner().invoke(["--quiet", *words, *folders])


def change(project: Path, rule: str) -> None:
    path = project / "dbt_project" / "models" / "silver" / "snowflake" / "orders__validated.yml"
    text = path.read_text()
    assert RULE in text
    path.write_text(text.replace(RULE, rule))


def test_a_changed_rule_is_a_change_of_its_model(
    project: Path, dbt: Callable[..., dbtRunnerResult], tmp_path: Path
) -> None:
    assert dbt("parse").success
    shutil.copytree(project / "target", tmp_path / "state")
    change(project, RULE.replace("< 0", "<= 0"))
    changed = ("--select", "state:modified", "--state", str(tmp_path / "state"), "--resource-type", "model")
    assert dbt("ls", *changed).result == ["lakehouse.silver.snowflake.orders__validated"]


def test_a_rule_about_a_column_that_is_not_there_names_model_rule_and_column(
    project: Path, dbt: Callable[..., dbtRunnerResult]
) -> None:
    change(project, RULE.replace("total_amount", "totl_amount"))
    result = dbt("compile", "--select", "orders__validated")
    assert not result.success
    said = str(result.exception) if result.exception else " ".join(str(node.message) for node in result.result)
    assert "the rule negative_total of orders__validated names the column totl_amount" in said
    assert "correct `condition` under config.meta.rules in orders__validated.yml" in said
