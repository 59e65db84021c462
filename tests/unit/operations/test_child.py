"""A child process ends with the command that started it, whenever that is interrupted."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from ingestion.settings import PROJECT
from operations.processes.child_process import follow

WAITING = [sys.executable, "-c", "import signal; print('waiting', flush=True); signal.pause()"]


def test_lines_and_exit_code_are_handed_on(tmp_path: Path) -> None:
    lines: list[str] = []
    command = [sys.executable, "-c", "import os; print(os.getcwd()); print('b'); raise SystemExit(3)"]
    exit_code, tail, reason = follow(command, tmp_path, os.environ, lines.append)
    assert (exit_code, list(tail), reason) == (3, [str(tmp_path), "b"], None)
    assert lines == list(tail)


def test_an_interrupt_while_a_child_begins_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[str]] = []

    class Interrupted(subprocess.Popen[str]):
        def __init__(self, *words: Any, **options: Any) -> None:
            super().__init__(*words, **options)
            begun.append(self)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    handler = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(KeyboardInterrupt):
            follow(WAITING, tmp_path, os.environ, lambda line: None)
        assert begun[0].poll() is not None
        assert signal.getsignal(signal.SIGINT) == handler
    finally:
        begun[0].kill()


def test_ctrl_c_works_after_a_command_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        follow(["/nowhere/dbt"], tmp_path, os.environ, lambda line: None)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = f"""
import os, sys
from pathlib import Path
from operations.processes.child_process import follow
command = [sys.executable, "-c", "import os, signal; print(os.getpid(), flush=True); signal.pause()"]
follow(command, Path({str(tmp_path)!r}), os.environ, lambda line: print(line, flush=True))
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=PROJECT) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()

    @retry(retry=retry_if_result(lambda gone: not gone), stop=stop_after_delay(300), wait=wait_fixed(0.02))
    def is_gone() -> bool:
        try:
            return child.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    try:
        is_gone()
    finally:
        with suppress(psutil.NoSuchProcess):
            child.kill()
