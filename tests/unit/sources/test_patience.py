"""Sources are asked again, but not for ever."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest
from snowflake.connector.errors import OperationalError

from ingestion.protocols.config import secret
from ingestion.protocols.http import Api, NotFound
from ingestion.protocols.retry import TRIES
from ingestion.sources.snowflake import pauses
from ingestion.spec import SourceError, SourceUnavailable


@dataclass(frozen=True)
class Sample:
    token: str = secret("hunter2")


@contextmanager
def answering(*answers: tuple[int, bytes]) -> Iterator[tuple[Api, list[str]]]:
    """An API that gives these answers in turn, then the last one again, and the requests it got."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Api("sample", f"http://127.0.0.1:{server.server_port}", Sample()) as api:
            yield api, asked
        server.shutdown()


def test_an_answer_after_faults_that_passed_is_an_answer() -> None:
    with answering((503, b"busy"), (429, b"slowly"), (200, b'{"rate": 0.10}')) as (api, asked):
        assert api.get("/x", base="USD") == {"rate": Decimal("0.10")}
    assert asked == ["/x?base=USD"] * 3


def test_a_server_that_keeps_failing_is_given_up() -> None:
    with answering((500, b"oops hunter2")) as (api, asked):
        with pytest.raises(
            SourceUnavailable, match=r"^sample at http://127.0.0.1:\d+ .* /x answered 500: oops \*\*\*$"
        ):
            api.get("/x")
        assert len(asked) == TRIES


@pytest.mark.parametrize(
    ("status", "kind"), [(400, SourceError), (401, SourceUnavailable), (403, SourceUnavailable), (404, NotFound)]
)
def test_a_refusal_is_not_asked_again(status: int, kind: type[SourceError]) -> None:
    with answering((status, b"no")) as (api, asked):
        with pytest.raises(SourceError, match=f"answered {status}: no") as failure:
            api.get("/x")
        assert type(failure.value) is kind
        assert len(asked) == 1


def test_an_answer_that_is_no_json_is_an_error_that_shows_it() -> None:
    with answering((200, b"<html>")) as (api, _), pytest.raises(SourceError, match=r"expected JSON, got b'<html>'"):
        api.get("/x")


def test_snowflakes_connector_gives_up_on_a_dead_server() -> None:
    policy = pauses()
    assert 10 < sum(next(policy) for _ in range(5)) < 30
    with pytest.raises(OperationalError, match="stopped answering"):
        next(policy)
