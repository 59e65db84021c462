"""`lakehouse run` as a person or cron calls it, on a stack of its own that these tests kill piece by piece.

A service is frozen before the run starts, so that the run is surely waiting for it when it is killed.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil
import pytest
from deltalake import DeltaTable
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from devstack import services, startup
from ingestion.settings import PROJECT, Settings
from operations.dbt.command import take_parsed
from operations.records.run_record import read_runs
from tests.integration.lakes import build

pytestmark = pytest.mark.commands

SOURCES = {
    "postgres": "postgres",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "salesforce": "salesforce",
    "fx": "fx_rates",
    "moto": "vendor_files",
}
"""Service -> the source that it serves."""
LAKEHOUSE = Path(sys.executable).with_name("lakehouse")


@dataclass
class Stack:
    """A home with local services of its own and a small demo in them."""

    home: Path
    warm_dbt: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LAKEHOUSE_HOME": str(self.home)}

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        told = self.environment | {"LAKEHOUSE_DBT": str(self.warm_dbt)} | variables
        return subprocess.Popen([LAKEHOUSE, *words], env=told, text=True, **pipes)

    def call(self, *words: str) -> str:
        ran = self.start(*words)
        printed, said = ran.communicate(timeout=900)
        assert ran.returncode == 0, said
        return printed

    def make_demo(self, **variables: str) -> subprocess.Popen[str]:
        """In a process group of its own, as a terminal starts it, with dbt as it is unless a variable names another."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            ["make", "demo"], cwd=PROJECT, env=self.environment | variables, text=True, start_new_session=True, **pipes
        )

    @property
    def settings(self) -> Settings:
        return replace(Settings.load(), home=self.home, root=str(self.home / "lake"))

    def service(self, name: str) -> services.Status:
        return next(one for one in services.status(self.settings) if one.name == name)

    def up(self) -> None:
        startup.up(self.settings)

    def reached(self, run: subprocess.Popen[str], phase: str) -> None:
        """Wait until this run's record says that a phase is under way."""

        @retry(retry=retry_if_result(lambda there: not there), stop=stop_after_delay(600), wait=wait_fixed(0.1))
        def look() -> bool:
            assert run.poll() is None, run.communicate()
            family = {run.pid, *(child.pid for child in psutil.Process(run.pid).children(recursive=True))}
            return any(
                step["kind"] == "phase" and step["name"] == phase and step["outcome"] == "running"
                for record in map(read, (self.home / "runs").glob("*.json"))
                if record["pid"] in family
                for step in record["steps"]
            )

        look()

    def gold(self) -> dict[str, str]:
        """Table -> a digest of its rows, in no order."""
        tables = {path.parent for path in (self.home / "lake" / "gold").glob("*/_delta_log")}
        return {path.name: digest(path) for path in tables}


def read(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text())
    return record


def digest(table: Path) -> str:
    rows = DeltaTable(str(table)).to_pyarrow_table().to_pylist()
    return sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, warm_dbt: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"), warm_dbt)
    try:
        stack.up()
        stack.call("demo-data", "--scale", "0.02", "--seed", "7", "--as-of", "2026-10-15")
        yield stack
    finally:
        services.down(stack.settings)


@pytest.fixture(scope="module")
def built(stack: Stack) -> Stack:
    """With the lake of a `make demo` that was interrupted in its build, and begun again."""
    stack.up()
    interrupted = stack.make_demo()
    stack.reached(interrupted, "build")
    children = psutil.Process(interrupted.pid).children(recursive=True)
    os.killpg(interrupted.pid, signal.SIGINT)
    printed, said = interrupted.communicate(timeout=600)
    assert interrupted.returncode != 0
    assert "Traceback" not in printed + said
    assert not [child for child in children if child.is_running()]
    assert read_runs(stack.settings)[0]["outcome"] == "interrupted"
    rows = landed(stack)
    assert rows
    again = stack.make_demo(LAKEHOUSE_DBT=str(stack.warm_dbt))
    printed, said = again.communicate(timeout=900)
    assert again.returncode == 0, said
    assert "0 rows landed, 0 quarantined" in printed
    assert "Try the demo" in printed
    assert landed(stack) == rows
    return stack


def killed(stack: Stack, service: str, phase: str, *words: str, **variables: str) -> tuple[int, str]:
    """Kill a service while a run is in a phase that needs it; how the run ended, and what it said."""
    victim = stack.service(service)
    os.kill(victim.pid, signal.SIGSTOP)
    run = stack.start(*words, **variables)
    try:
        stack.reached(run, phase)
    finally:
        os.kill(victim.pid, signal.SIGKILL)
    _, said = run.communicate(timeout=900)
    return run.returncode, said


def said_clearly(stack: Stack, said: str, service: str) -> bool:
    """Whether what was said is one line that names the service and how to go on."""
    assert "Traceback" not in said
    errors = [line for line in said.splitlines() if line.startswith("lakehouse: ")]
    assert len(errors) == 1, said
    address = stack.service(service).address.split("//")[-1]
    assert address in errors[0]
    assert service in errors[0].split("not running: ")[1]
    assert errors[0].endswith("go on with: lakehouse up && lakehouse run")
    return True


def test_a_service_killed_while_a_run_loads_is_named_and_the_next_load_goes_on(stack: Stack) -> None:
    for service in SOURCES:
        exit_code, said = killed(stack, service, "ingest", "run")
        assert exit_code == 1, said
        assert said_clearly(stack, said, service)
        stack.up()
    stack.call("ingest", *SOURCES.values())


def test_a_service_killed_while_a_run_publishes_is_named(built: Stack) -> None:
    for service in ("snowflake", "moto"):
        anew = {"LAKEHOUSE_SNOWFLAKE_SCHEMA": "ANEW"}  # where nothing was published yet
        exit_code, said = killed(built, service, "publish", "run", "--only", "publish", **anew)
        assert exit_code == 1, said
        assert said_clearly(built, said, service)
        built.up()


def test_what_a_demo_built_after_one_that_was_interrupted_is_published_and_stays(built: Stack) -> None:
    before = built.gold()
    assert {"fact_sales", "customer_360", "dim_customers"} <= before.keys()
    [run] = [record for record in read_runs(built.settings) if record["outcome"] == "done" and has_built(record)]
    assert {step["name"] for step in run["steps"] if step["kind"] == "publish"} == before.keys()
    artifacts = built.home / "unchanged"
    take_parsed(built.home / "target", artifacts / "target")
    build(built.home, artifacts=artifacts)
    assert built.gold() == before


def has_built(record: dict[str, Any]) -> bool:
    return any(step["kind"] == "phase" and step["name"] == "build" for step in record["steps"])


def landed(stack: Stack) -> list[Any]:
    told = stack.call(
        "sql", "select table_name, load_id, rows_landed from bronze.loads order by 1, 2", "--format", "json"
    )
    rows: list[Any] = json.loads(told)
    return rows
