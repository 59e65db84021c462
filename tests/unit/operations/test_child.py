"""A child process ends with the command that started it, whenever that is interrupted."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from operations.child import follow

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
