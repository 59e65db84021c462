"""GitHub's workflows call make targets and nothing else, with few rights. `make lint-workflows` checks their syntax."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.settings import PROJECT
from tests.docs.pages import make_targets

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
MATRIX = "${{ matrix.target }}"


def jobs(path: Path) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["jobs"]
    return list(found.values())


def commands(path: Path) -> list[str]:
    """Return the lines that a workflow runs, each value of a job's matrix in its place."""
    return [
        step["run"].replace(MATRIX, target)
        for job in jobs(path)
        for target in job.get("strategy", {}).get("matrix", {}).get("target", [""])
        for step in job["steps"]
        if "run" in step
    ]


def targets(path: Path) -> set[str]:
    """Return the targets that a workflow makes."""
    made = [re.fullmatch(r"make ([a-z-]+)( [A-Z_]+=[\w.]+)*", command) for command in commands(path)]
    assert None not in made, f"{path.name} runs more than a make target: {commands(path)}"
    return {match[1] for match in made if match}


def test_there_are_workflows() -> None:
    assert {"ci", "release", "drift"} <= {path.stem for path in WORKFLOWS}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_whatever_a_workflow_runs_is_a_target_of_the_makefile(path: Path) -> None:
    assert targets(path)
    assert targets(path) <= make_targets()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    uses = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses:" in line]
    assert [line for line in uses if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_reads_the_repository_and_at_most_asks_for_a_token_of_aws(path: Path) -> None:
    assert yaml.safe_load(path.read_text())["permissions"] == {"contents": "read"}
    for job in jobs(path):
        rights = job.get("permissions", {"contents": "read"})
        assert rights in ({"contents": "read"}, {"contents": "read", "id-token": "write"})
        # a role of AWS trusts one GitHub environment, whose reviewers GitHub asks
        assert "environment" in job or "id-token" not in rights


def test_github_runs_what_ci_runs() -> None:
    ran = set(re.findall(r"^\s*make ([a-z-]+)", (PROJECT / ".ci" / "run").read_text(), re.MULTILINE))
    assert ran
    assert ran <= targets(PROJECT / ".github" / "workflows" / "ci.yml")
