"""Ctrl-C and SIGTERM end a load whose source never answers; a later load goes on where it stopped."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.settings import PROJECT
from operations.records.run_record import read_runs
from tests.conftest import PREFIXES
from tests.unit.bronze.conftest import empty_home
from tests.unit.bronze.memory import ORDERS, Lake, Memory, orders

TABLES = ("One", "Two", "Three", "Four", "Five", "Six")
PROGRAM = """
import os, sys, threading
from contextlib import nullcontext
from dataclasses import replace

import operations.commands.ingest
from operations.cli import main
from tests.unit.bronze.memory import ORDERS, Memory, orders, source


def never_answers():
    os.write(1, b"reading\\n")  # at once: threads that print mix their lines
    threading.Event().wait()


tables = [replace(ORDERS, name=name) for name in sys.argv.pop().split(",")]
reader = Memory(orders(("a", 1)), while_reading=never_answers)
memory = source(*tables, connect=lambda: nullcontext(reader))
operations.loading.load_sources = lambda: {"memory": memory}
operations.commands.ingest.use_local_services = lambda settings: settings
main()
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupt_ends_a_load_whose_source_never_answers(tmp_path: Path, sign: signal.Signals) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}
    home = {"LAKEHOUSE_HOME": str(tmp_path), "LAKEHOUSE_NOW": "2026-10-15T23:00:00Z"}
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, "ingest", ",".join(TABLES)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=PROJECT, env=clean | home, text=True, **pipes) as load:  # type: ignore[call-overload]
        try:
            assert [load.stdout.readline() for _ in range(4)] == ["reading\n"] * 4
            load.send_signal(sign)
            printed, said = load.communicate(timeout=600)
        finally:
            load.kill()
    assert (load.returncode, printed) == (130, "")
    assert "A later load goes on where this one stopped: run `lakehouse ingest` again" in said
    assert "Traceback" not in said
    with empty_home(tmp_path) as settings:
        assert [run["outcome"] for run in read_runs(settings)] == ["interrupted"]
        assert not list(Path(settings.bronze).glob("*"))
        lake, table = Lake(settings), replace(ORDERS, name="One")
        for _ in range(2):
            lake.load(Memory(orders(("a", 1))), table)
        assert lake.values(name="memory__one") == ["a"]
