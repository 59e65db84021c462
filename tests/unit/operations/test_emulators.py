import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from operations.cli import VERBS, cli

OF_THE_DEVSTACK = {"up", "down", "demo-data"}
MODULES = [f"operations.commands.{verb.replace('-', '_')}" for verb in VERBS if verb not in OF_THE_DEVSTACK]
PROGRAM = f"""
import importlib, sys
for name in {MODULES}:
    importlib.import_module(name)
from operations.emulators import statuses, use_lake, use_local_services, variables
from operations.next_step import resume
settings = use_local_services(use_lake())
variables(settings), statuses(settings), resume(settings)
print([name for name in sys.modules if name.partition(".")[0] == "devstack"])
"""


@pytest.mark.parametrize(("environment", "loaded"), [("production", False), ("local", True)])
def test_the_emulators_are_loaded_in_environment_local_alone(environment: str, loaded: bool, home: str) -> None:
    variables = {**os.environ, "LAKEHOUSE_ENVIRONMENT": environment, "LAKEHOUSE_HOME": home}
    run = subprocess.run([sys.executable, "-c", PROGRAM], env=variables, capture_output=True, text=True)
    if loaded:  # the lake needs them, and they do not run
        assert "the local services are not running: lakehouse up" in run.stderr
    else:
        assert (run.stdout, run.returncode) == ("[]\n", 0), run.stderr


def test_env_of_an_environment_without_emulators_names_the_other_way(
    monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "production")
    monkeypatch.setenv("LAKEHOUSE_HOME", home)
    result = CliRunner().invoke(cli, ["env"])
    assert "lakehouse env --from-terraform infra/envs/production" in result.stderr
    assert not result.stdout


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("home"))
