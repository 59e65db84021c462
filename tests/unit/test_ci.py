"""What CI runs, with stubs in the place of `make` and `terraform`."""

import subprocess
from pathlib import Path

import pytest

from ingestion.settings import PROJECT


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with the shell's tools and a `make` that only prints its target."""
    for name in ("bash", "env", "dirname"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    _stub(tmp_path / "make", 'echo "$1"')
    return tmp_path


def _stub(file: Path, line: str) -> None:
    file.write_text(f"#!/usr/bin/env bash\n{line}\n")
    file.chmod(0o755)


def run(tools: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROJECT / ".ci" / "run"], env={"PATH": str(tools)}, capture_output=True, text=True)


def test_infrastructure_is_tested_where_terraform_is(tools: Path) -> None:
    _stub(tools / "terraform", "exit 1")
    ran = run(tools)
    assert "test-infra" in ran.stdout.splitlines()
    assert ran.stderr == ""


def test_one_line_says_where_infrastructure_is_not_tested(tools: Path) -> None:
    ran = run(tools)
    assert ran.returncode == 0
    assert "test-infra" not in ran.stdout.splitlines()
    [line] = ran.stderr.splitlines()
    assert "INFRASTRUCTURE WAS NOT TESTED" in line
