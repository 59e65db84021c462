"""A client of Trino waits for a node, by a server that has none at first."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from tests.engines.athena.readiness import await_ready
from tests.engines.athena.trino import Failed, NoNodes, Trino


@dataclass
class Coordinator:
    """Answers `select 1` on its own, other statements once it was asked for them as often as `nodes_after` says."""

    nodes_after: int = 0
    error: str = "NO_NODES_AVAILABLE"
    asked: list[str] = field(default_factory=list)

    def answer(self, sql: str) -> dict[str, Any]:
        """What Trino says to a statement."""
        self.asked.append(sql)
        if sql == "select 1" or len(self.asked) > self.nodes_after:
            return {"columns": [{"name": "n"}], "data": [[1]]}
        return {"error": {"errorName": self.error, "message": "No nodes available to run query", "errorType": "X"}}


@pytest.fixture
def coordinator() -> Coordinator:
    """A coordinator without anything to run statements on."""
    return Coordinator()


@pytest.fixture
def trino(coordinator: Coordinator) -> Iterator[Trino]:
    """A client of it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.dumps(coordinator.answer(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Trino(server.server_port, pause_s=0)
    server.shutdown()
    server.server_close()


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that lives as long as the test."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as lives:
        yield lives


def test_a_statement_waits_for_a_node(coordinator: Coordinator, trino: Trino) -> None:
    coordinator.nodes_after = 3
    assert trino.ask("select n from t").rows == ([1],)
    assert coordinator.asked == ["select n from t"] * 4


def test_a_statement_does_not_wait_forever(coordinator: Coordinator, trino: Trino) -> None:
    coordinator.nodes_after = 10_000
    with pytest.raises(NoNodes, match="NO_NODES_AVAILABLE: No nodes available to run query"):
        Trino(trino.port, patience_s=0).ask("select n from t")
    assert coordinator.asked == ["select n from t"]


def test_any_other_failure_is_final(coordinator: Coordinator, trino: Trino) -> None:
    coordinator.nodes_after, coordinator.error = 3, "TABLE_NOT_FOUND"
    with pytest.raises(Failed, match="TABLE_NOT_FOUND"):
        trino.ask("select n from t")
    assert coordinator.asked == ["select n from t"]


def test_trino_is_ready_when_a_table_was_written_and_read(
    coordinator: Coordinator, trino: Trino, process: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    coordinator.nodes_after = 2
    s3, glue = MagicMock(), MagicMock()
    await_ready(trino, process, tmp_path / "log", s3, glue)
    assert [sql.split()[0] for sql in coordinator.asked] == ["create", "create", "create", "select", "drop"]
    assert glue.create_database.call_args.kwargs["DatabaseInput"] == glue.delete_database.call_args.kwargs
    s3.create_bucket.return_value.delete.assert_called_once()


def test_a_trino_that_ended_is_not_waited_for(trino: Trino, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("no such property")
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as ended:
        ended.wait()
        with pytest.raises(RuntimeError, match=r"Trino ended with 3, see .*:\nno such property"):
            await_ready(trino, ended, tmp_path / "log", MagicMock(), MagicMock())
