import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack import ports


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ports.json"


@pytest.fixture
def stranger() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_ports_are_kept(file: Path) -> None:
    first = ports.settle(file, ["a", "b"], running=[])
    assert first["a"] != first["b"]
    assert ports.settle(file, ["a", "b"], running=[]) == first == ports.kept(file)


def test_a_new_service_gets_a_port_and_the_others_keep_theirs(file: Path) -> None:
    first = ports.settle(file, ["a"], running=[])
    later = ports.settle(file, ["a", "b"], running=[])
    assert later["a"] == first["a"]
    assert later["b"] != later["a"]


def test_a_port_that_a_stranger_took_is_given_up(file: Path, stranger: int) -> None:
    file.write_text(json.dumps({"a": stranger, "b": 25_000}))
    settled = ports.settle(file, ["a"], running=[])
    assert settled["a"] not in (stranger, 25_000)
    assert ports.kept(file) == settled


def test_a_kept_port_that_is_let_go_in_a_moment_stays_kept(file: Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    file.write_text(json.dumps({"a": port}))
    closing = threading.Timer(0.2, server.close)
    closing.start()
    assert ports.settle(file, ["a"], running=[]) == {"a": port}
    closing.join()


def test_a_running_service_keeps_its_port(file: Path, stranger: int) -> None:
    file.write_text(json.dumps({"a": stranger}))
    assert ports.settle(file, ["a"], running=["a"]) == {"a": stranger}


def test_ports_stay_below_those_of_outgoing_connections(file: Path) -> None:
    assert all(port in ports.RANGE for port in ports.settle(file, "abcdef", running=[]).values())
    assert ports.RANGE.stop <= 32_768  # where Linux begins to take them


def test_there_are_no_ports_before_the_first_up(file: Path) -> None:
    assert ports.kept(file) == {}
