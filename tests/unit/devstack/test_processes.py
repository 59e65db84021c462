import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import tenacity

from devstack import processes
from devstack.processes import Record

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    record = tmp_path / "child.json"
    yield record
    processes.stop(record, signal.SIGKILL, 5)


def spawned(file: Path, command: list[str]) -> Record:
    """A child that has said it is up."""
    log = file.with_suffix(".log")
    record = processes.spawn(file, log, command, os.environ)
    said(log, "up")
    return record


@tenacity.retry(stop=tenacity.stop_after_delay(120), wait=tenacity.wait_fixed(0.05), reraise=True)
def said(log: Path, text: str) -> None:
    assert text in log.read_text()


def test_a_child_is_known_by_its_record(file: Path) -> None:
    record = spawned(file, SLEEP)
    assert processes.read(file) == record
    process = processes.alive(record)
    assert process is not None
    assert process.pid == record.pid
    assert record.command == tuple(SLEEP)


def test_a_child_has_a_session_of_its_own(file: Path) -> None:
    record = spawned(file, SLEEP)
    assert os.getsid(record.pid) == record.pid  # Ctrl-C in the terminal doesn't reach it


def test_stop_waits_for_the_end_and_forgets(file: Path) -> None:
    record = spawned(file, SLEEP)
    assert processes.stop(file, signal.SIGTERM, 10) == record.pid
    assert not psutil.pid_exists(record.pid)
    assert not file.exists()


def test_stop_kills_what_does_not_end(file: Path) -> None:
    record = spawned(file, STUBBORN)
    assert processes.stop(file, signal.SIGTERM, 0.2) == record.pid
    assert not psutil.pid_exists(record.pid)


def test_stop_never_signals_a_stranger(file: Path) -> None:
    with subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL) as stranger:
        created = psutil.Process(stranger.pid).create_time() - psutil.boot_time()
        processes.write(file, Record(stranger.pid, created - 60, tuple(SLEEP)))
        assert processes.stop(file, signal.SIGKILL, 5) is None
        assert stranger.poll() is None
        assert not file.exists()
        stranger.kill()


def test_a_dead_child_nobody_waited_for_is_not_alive(file: Path) -> None:
    record = spawned(file, SLEEP)
    os.kill(record.pid, signal.SIGKILL)

    @tenacity.retry(stop=tenacity.stop_after_delay(120), wait=tenacity.wait_fixed(0.02), reraise=True)
    def gone() -> None:
        assert processes.alive(record) is None

    gone()


def test_a_record_of_no_process_is_not_alive() -> None:
    free = max(psutil.pids()) + 100_000
    assert processes.alive(Record(free, 0, ())) is None
    assert processes.alive(None) is None


def test_readiness_is_remembered(file: Path) -> None:
    record = replace(Record(1, 2.5, ("a", "b")), ready=True)
    processes.write(file, record)
    assert processes.read(file) == record


def test_a_large_log_is_set_aside(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOG_LIMIT", 10)
    log = file.with_suffix(".log")
    log.write_text("what was said before")
    spawned(file, SLEEP)
    assert log.read_text() == "up\n"
    assert log.with_suffix(".log.1").read_text() == "what was said before"


def test_a_child_does_not_see_what_only_its_starter_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_NOW", "2026-01-01")
    monkeypatch.setenv("AWS_PROFILE", "production")
    child = processes.environment(LAKEHOUSE_HOME="/somewhere")
    assert "LAKEHOUSE_NOW" not in child
    assert "AWS_PROFILE" not in child
    assert child["LAKEHOUSE_HOME"] == "/somewhere"
    assert child["PATH"] == os.environ["PATH"]
