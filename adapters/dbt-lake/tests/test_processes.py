"""What two builds, kill -9 and Ctrl-C do to a lake. Each dbt here is a process of its own."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from dbt.adapters.lake.lock import Lock, lock_of
from deltalake import write_deltalake
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

SLOW = "select count(*) as n from range(3000000) a cross join range(3000000) b where a.id + b.id = -1"
COUNT = 20_000
AT_ONCE = 10
"""Seconds; the slow query takes minutes."""
SETTLED = 0.5
"""Seconds until dbt's main thread waits: Python doesn't wake it for a signal that comes while it is about to."""


@pytest.fixture
def start(project: Any) -> Iterator[Any]:
    """Start dbt processes; none outlives the test."""
    running = []

    def _start(*arguments: str, until: str | None = None, **environment: str) -> "subprocess.Popen[str]":
        process = project.start(*arguments, **environment)
        running.append(process)
        if until:
            seen = next((line for line in process.stdout if re.search(until, line)), None)
            assert seen, f"dbt ended without saying {until!r}"
        return process

    yield _start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def held(project: Any) -> Iterator[Lock]:
    """The lock of the project's lake, held by someone else."""
    lock = lock_of(project.folder, "gold")
    assert lock.attempt()
    yield lock
    lock.release()


def test_a_build_holds_the_lock_until_it_ends_however_it_ends(project: Any, start: Any) -> None:
    project.write(slow=SLOW)
    process = start("build", until="START sql table model gold.slow")
    lock = lock_of(project.folder, "gold")
    assert not lock.attempt()
    assert f"`dbt build`, process {process.pid} on " in lock.holder()
    process.kill()
    process.wait()
    assert lock.attempt()
    lock.release()


def test_a_second_build_is_refused_and_reading_never_waits(project: Any, held: Any) -> None:
    project.write(
        quick="select 1 as one", quick__yml="models: [{name: quick, columns: [{name: one, tests: [unique]}]}]"
    )
    outcome = project.dbt("build")
    assert not outcome.ok
    assert f"process {os.getpid()} on " in outcome.error
    assert "lock_timeout" in outcome.error
    held.release()
    assert project.dbt("build").ok
    assert held.attempt()
    for command in (["show", "-s", "quick"], ["compile"], ["docs", "generate"], ["debug"], ["test"], ["parse"]):
        assert project.dbt(*command).ok, command
    assert "lock_timeout" in project.dbt("test", "--store-failures").error


def test_a_build_waits_for_another_and_then_builds_on_what_it_left(project: Any, start: Any, held: Any) -> None:
    project.write(numbers="{{ config(materialized='incremental') }} select 1 as id")
    project.configure(lock_timeout=60)
    waiting = start("build", until="waiting up to 60 s")
    write_deltalake(project.path / "lake/gold/numbers", pa.table({"id": pa.array([0], pa.int32())}))
    held.release()
    assert waiting.wait(60) == 0
    assert sorted(project.column("select id from gold.numbers")) == [0, 1]


def test_ctrl_c_ends_a_build_at_once_and_leaves_the_old_rows(project: Any, start: Any) -> None:
    project.write(slow="select 1 as n")
    assert project.dbt("build").ok
    project.write(slow=SLOW, other="select 1 as one")
    process = start("build", "-s", "slow", until="START sql table model gold.slow")
    time.sleep(SETTLED)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=AT_ONCE)
    assert process.returncode != 0
    assert project.column("select n from gold.slow") == [1]
    assert project.dbt("build", "-s", "other").ok


def test_ctrl_c_between_the_start_of_a_model_and_its_connection_ends_it_too(
    project: Any, new_process: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbt.adapters.lake.lake.leave_behind", lambda: None)  # this process goes on
    project.write(slow=SLOW)
    interrupted = []

    def interrupt(event: Any) -> None:
        if event.info.name == "LogStartLine":
            interrupted.append(event)
            time.sleep(SETTLED)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)  # in the model's thread: the other one has cancelled all connections there are

    project.dbt("build", callbacks=[interrupt])
    assert interrupted
    assert not (project.path / "lake" / "gold" / "slow").exists()
    new_process()
    project.write(slow="select 1 as n")
    assert project.dbt("build").ok


def test_ctrl_c_ends_waiting_for_the_lock(project: Any, start: Any, held: Any) -> None:
    project.write(quick="select 1 as one")
    project.configure(lock_timeout=60)
    waiting = start("build", until="waiting up to 60 s")
    time.sleep(SETTLED)
    waiting.send_signal(signal.SIGINT)
    waiting.communicate(timeout=AT_ONCE)
    assert waiting.returncode != 0


def test_a_build_that_was_killed_heals_at_the_next(project: Any, start: Any) -> None:
    model = f"select id, repeat('x', 200) as filler from range({COUNT})"
    incremental = "{{ config(materialized='incremental', unique_key='id') }}"
    project.write(
        replaced=model,
        merged=f"{incremental} {model}",
        view="{{ config(materialized='view') }} select count(*) as n from {{ ref('replaced') }}",
        dependent="select n from {{ ref('view') }}",
    )
    for files in (1, 3, 5):  # data files, logs and views, in whatever order two threads write them
        process = start("build")
        _writes(project.path / "lake/gold", files, process)
        process.kill()
        process.wait()
    assert project.dbt("build").ok
    for table in ("replaced", "merged"):
        assert project.rows(f"select count(*) as n, count(distinct id) as ids from gold.{table}") == [
            {"n": COUNT, "ids": COUNT}
        ]
    assert project.column("select n from gold.dependent") == [COUNT]


def _writes(folder: Path, files: int, process: "subprocess.Popen[str]") -> None:
    """Wait until a process has written so many files, or has ended."""
    before = len(list(folder.rglob("*")))
    Retrying(retry=retry_if_result(lambda done: not done), stop=stop_after_delay(120), wait=wait_fixed(0.002))(
        lambda: len(list(folder.rglob("*"))) >= before + files or process.poll() is not None
    )
