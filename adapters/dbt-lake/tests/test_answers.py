"""What Sail answers is read whole or not at all."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from dbt.adapters.lake import server
from dbt.adapters.lake.errors import LakeError
from dbt.adapters.lake.server import answers, start_session
from dbt.adapters.lake.statements import rows_of


class Channel:
    """Of gRPC: every call is answered with these bytes, and ends well."""

    def __init__(self, *told: bytes) -> None:
        self._told = told

    def unary_stream(self, _: str, **__: Any) -> Callable[..., Iterator[bytes]]:
        return lambda _, **__: iter(self._told)


def test_an_answer_that_cannot_be_read_is_an_error_and_not_the_end() -> None:
    start_session()
    from pyspark.sql.connect.proto import ExecutePlanRequest, ExecutePlanResponse  # after a session only (`_script`)

    good = ExecutePlanResponse(session_id="a").SerializeToString()
    read = answers(Channel(good, good[:-1], good))(ExecutePlanRequest(), metadata=[])
    assert next(read).session_id == "a"
    with pytest.raises(LakeError, match="answer 2 of Sail, 2 bytes, can't be read"):
        next(read)


class Relay(socketserver.BaseRequestHandler):
    """One connection to Sail, passed on in both directions; what Sail answered is kept."""

    answered: ClassVar[bytearray] = bytearray()
    sail: ClassVar[tuple[str, int]]

    def handle(self) -> None:
        with socket.create_connection(self.sail) as sail:
            threading.Thread(target=self._pass_on, args=(self.request, sail), daemon=True).start()
            self._pass_on(sail, self.request, self.answered)

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket, kept: bytearray | None = None) -> None:
        with suppress(OSError):  # one side has gone
            while data := source.recv(65536):
                if kept is not None:
                    kept += data
                sink.sendall(data)


def test_answers_are_not_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    Relay.sail = server._address()
    relay = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay)
    relay.daemon_threads = True  # the session outlives the test
    threading.Thread(target=relay.serve_forever, daemon=True).start()
    monkeypatch.setattr(server, "_address", lambda: relay.server_address)
    assert start_session().sql("select repeat('lake', 5000) as word").collect()[0].word == "lake" * 5000
    assert b"lake" * 5000 in bytes(Relay.answered)


def test_several_conditions_find_rows_in_far_pages(tmp_path: Path) -> None:
    sail = start_session()
    rows = sail.sql("select id, cast(id as string) as name, cast(id / 1000 as int) as day from range(0, 500000, 1, 1)")
    rows.write.format("delta").save(str(tmp_path / "t"))
    held = sail.read.format("delta").load(str(tmp_path / "t"))
    found = held.where("(day < 100 or day > 400) and id % 2 = 1 and name like '%3'").toArrow()
    assert sorted(found["id"].to_pylist()) == [n for n in range(3, 500_000, 10) if not 100_000 <= n < 401_000]


def test_digits_that_the_type_can_not_hold_are_an_error_in_words() -> None:
    class Frame:
        def toArrow(self) -> pa.Table:  # noqa: N802 - as pyspark names it
            finer = pa.table({"x": pa.array(["0.333"]).cast(pa.decimal128(9, 3))})
            return finer.cast(pa.schema({"x": pa.decimal128(9, 1)}))

    with pytest.raises(LakeError, match=r"other digits than it says .*Rescaling.*: cast each decimal"):
        rows_of(Frame())
