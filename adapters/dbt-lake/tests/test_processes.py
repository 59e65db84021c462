"""What two builds, kill -9 and Ctrl-C do to a lake. Each dbt here is a process of its own."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Queue
from typing import Any

import pyarrow as pa
import pytest
from dbt.adapters.lake.lock import Lock, lock_of
from deltalake import write_deltalake
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

pytestmark = pytest.mark.commands

SLOW = "select count(*) as n from range(3000000) a cross join range(3000000) b where a.id + b.id = -1"
COUNT = 20_000
PATIENCE = 120
"""Seconds; the slow query takes hours."""


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
    assert waiting.wait(PATIENCE) == 0
    assert sorted(project.column("select id from gold.numbers")) == [0, 1]


def test_ctrl_c_ends_a_build_at_once_and_leaves_the_old_rows(project: Any, start: Any) -> None:
    project.write(slow="select 1 as n")
    assert project.dbt("build").ok
    project.write(slow=SLOW, other="select 1 as one")
    process = start("build", "-s", "slow", until="START sql table model gold.slow")
    assert _interrupted(process) != 0
    assert project.column("select n from gold.slow") == [1]
    assert project.dbt("build", "-s", "other").ok


def test_ctrl_c_between_the_start_of_a_model_and_its_connection_ends_it_too(
    project: Any, new_process: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbt.adapters.lake.lake.leave_behind", lambda: None)  # this process goes on
    # polars, which another test of this process may have imported, takes SIGINT for itself; a dbt command has Python's
    signal.signal(signal.SIGINT, signal.default_int_handler)
    project.write(slow=SLOW)
    interrupted = []

    def interrupt(event: Any) -> None:
        if event.info.name == "LogStartLine":
            interrupted.append(event)
            _until(_main_thread_waits)
            while _main_thread_waits():
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
    assert _interrupted(waiting) != 0


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
    _until(lambda: len(list(folder.rglob("*"))) >= before + files or process.poll() is not None)


def _interrupted(process: "subprocess.Popen[str]") -> int:
    """Press Ctrl-C until a process ends, and return its exit code.

    Once may not do: Python doesn't wake a thread for a signal that comes while the thread is about to wait.
    """
    for _ in range(PATIENCE // 10):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=10)
            return process.returncode
    raise AssertionError(f"Ctrl-C does not end {process.args}")


def _main_thread_waits() -> bool:
    """True if dbt's main thread waits for the models."""
    frame = sys._current_frames()[threading.main_thread().ident or 0]
    return any(one.f_code is Queue.join.__code__ for one, _ in traceback.walk_stack(frame))


def _until(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    Retrying(retry=retry_if_result(lambda is_so: not is_so), stop=stop_after_delay(PATIENCE), wait=wait_fixed(0.002))(
        done
    )
