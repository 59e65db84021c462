"""The scripts that bring engines say in one line what a machine lacks."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPTS = {name: Path(__file__).parent / name / "install" for name in ("kafka", "spark")}


@pytest.mark.parametrize("engine", SCRIPTS)
@pytest.mark.parametrize(("says", "found"), [('echo openjdk version \\"11.0.2\\"', "11"), ("exit 127", "none")])
def test_without_java_17_it_fails_with_one_line(engine: str, says: str, found: str, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text(f"#!/bin/sh\n{says}\n")
    java.chmod(0o755)
    place = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ran = subprocess.run([SCRIPTS[engine]], env={**os.environ, **place}, capture_output=True, text=True)
    assert ran.returncode == 1
    [line] = ran.stderr.splitlines()
    assert line.startswith(f"make test-engines: needs Java 17 or later on the PATH, found {found} (Debian: ")
    assert not (tmp_path / "cache").exists()
