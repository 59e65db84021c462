"""What CI runs, with stubs in the place of `make` and `terraform`."""

import os
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
    assert "INFRASTRUCTURE" not in ran.stderr


def test_one_line_says_where_infrastructure_is_not_tested(tools: Path) -> None:
    ran = run(tools)
    assert ran.returncode == 0
    assert "test-infra" not in ran.stdout.splitlines()
    [line] = [line for line in ran.stderr.splitlines() if "INFRASTRUCTURE" in line]
    assert "INFRASTRUCTURE WAS NOT TESTED" in line


def test_the_image_is_tested_as_root_on_debian_and_one_line_says_where_it_is_not(tools: Path) -> None:
    elsewhere = run(tools)
    assert "test-image" not in elsewhere.stdout.splitlines()
    [line] = [line for line in elsewhere.stderr.splitlines() if "IMAGE" in line]
    assert "THE IMAGE WAS NOT TESTED" in line
    _stub(tools / "apt-get", "exit 1")
    here = run(tools)
    is_root = os.geteuid() == 0
    assert here.returncode == 0
    assert ("test-image" in here.stdout.splitlines(), "IMAGE" in here.stderr) == (is_root, not is_root)
