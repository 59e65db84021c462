"""What tests share: the local services, the demo's data in them, and a lake built from it, each made once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from devstack import services as local
from devstack import startup
from devstack.generator import Demo, generate
from devstack.generator.timeline import Timeline
from ingestion.settings import Settings
from operations.commands.demo_data import bring

PREFIXES = ("LAKEHOUSE_", "SOURCES__", "AWS_", "DLT_")
"""Variables that tests never take from whoever runs them."""
DEMO_DAY = date(2026, 10, 15)
POINTED: dict[str, str] = {}
"""What the fixture `services` put into the environment."""


@pytest.fixture(scope="session")
def warm_dbt() -> Iterator[Path]:
    """An executable like dbt's own, whose commands begin with dbt imported (tests/warm_dbt)."""
    parts, python = Path(__file__).parent / "warm_dbt", sys.executable
    with TemporaryDirectory() as folder:  # a socket's path may not be long
        command = [python, "-P", "-W", "ignore", parts / "server.py", f"{folder}/socket"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            dbt = Path(folder) / "dbt"
            dbt.write_text(f'#!/bin/sh\nexec {python} -IS {parts / "client.py"} {folder}/socket "$@"\n')
            dbt.chmod(0o755)
            yield dbt
            server.terminate()


@pytest.fixture(scope="session")
def services(warm_dbt: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Every local service, running in a LAKEHOUSE_HOME of its own; the environment points at them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(PREFIXES):
                patch.delenv(name)
        patch.setenv("LAKEHOUSE_HOME", str(tmp_path_factory.mktemp("home")))
        settings = Settings.load()
        try:
            startup.up(settings)
            for name, value in {**local.environment(settings), "LAKEHOUSE_DBT": str(warm_dbt)}.items():
                patch.setenv(name, value)
                POINTED[name] = value
            yield Settings.load()
        finally:
            POINTED.clear()
            local.down(settings)


@pytest.fixture(autouse=True)
def _without_services(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that doesn't ask for services isn't pointed at them, in whatever order tests run."""
    if "services" not in request.fixturenames:
        for name, value in POINTED.items():
            if os.environ.get(name) == value:
                monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _environment_restored() -> Iterator[None]:
    """What a command sets in this process, as `lakehouse` does for dlt, no later test sees."""
    before, umask = dict(os.environ), os.umask(0o022)
    os.umask(umask)
    yield
    os.umask(umask)
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session")
def demo(services: Settings) -> Demo:
    """The demo's data in the services, and what is known of it: a small one, whose last day is 2026-10-15."""
    bring(services, Timeline(seed=7, scale=0.05, first=DEMO_DAY, as_of=DEMO_DAY, days=90))
    return generate(seed=7, scale=0.05, first=DEMO_DAY, as_of=DEMO_DAY)


@pytest.fixture(scope="session")
def lake(demo: Demo) -> Settings:
    """The demo's lake after one whole run, its copy in Snowflake included. For tests that only read it."""
    ran = subprocess.run([Path(sys.executable).with_name("lakehouse"), "run"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return Settings.load()
