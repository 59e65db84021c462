"""The operator of the runtime `command`: what is repeated, and what a killed task leaves."""

import json
import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from tests.airflow.installation import DAGS, HERE, Airflow

pytestmark = pytest.mark.airflow


def script(folder: Path, text: str) -> str:
    """An executable, which is no shell's words."""
    path = folder / "lakehouse"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_what_failed_for_good_is_not_repeated(airflow: Airflow, tmp_path: Path) -> None:
    ends = script(tmp_path, 'echo "why: $2"\n[ "$1" = killed ] && kill -9 $$\nexit "$1"')
    cases = [(is_final, ends, code, "a b; c") for is_final in (False, True) for code in ("0", "1", "2", "3", "killed")]
    lines = airflow.python(HERE / "call.py", DAGS, json.dumps(cases), environment={}).splitlines()
    ended = [line for line in lines if line.startswith(("done", "Airflow"))]
    assert [line.partition(":")[0] for line in ended] == [
        *("done", "AirflowException", "AirflowFailException", "AirflowException", "AirflowException"),
        *("done", "AirflowFailException", "AirflowFailException", "AirflowFailException", "AirflowException"),
    ]
    assert ended[1].endswith("ended with exit code 1: why: a b; c")


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_task_leaves_no_command_behind(airflow: Airflow, tmp_path: Path, sign: signal.Signals) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    waits = script(tmp_path, f"echo $$ > {begun}\nexec sleep 3600")
    command = [airflow.programs / "bin" / "python", HERE / "call.py", DAGS, json.dumps([(False, waits)])]
    with subprocess.Popen(command, env=airflow.environment(), cwd=tmp_path, stdout=subprocess.DEVNULL) as task:
        child = psutil.Process(int(begun.read_text()))
        assert has_ended(child, task, sign)


@retry(retry=retry_if_result(lambda ended: not ended), stop=stop_after_delay(300), wait=wait_fixed(0.1))
def has_ended(child: psutil.Process, task: "subprocess.Popen[bytes]", sign: signal.Signals) -> bool:
    """Signal a task, as Airflow does until it ends; true if its child is gone, or waits for nobody but its parent."""
    if task.poll() is None:
        task.send_signal(sign)
    try:
        return child.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
