"""Lambda's side of a function: the Runtime API, and the function's process as its runtime interface client starts it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

VERSION = "/2018-06-01/runtime"
EVENTS = Path(__file__).with_name("events")
Command = tuple[Sequence[str], Mapping[str, str]]
"""Words, and the environment of the process."""


def event(name: str) -> dict[str, Any]:
    """Return a recorded event."""
    recorded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return recorded


@dataclass(frozen=True)
class Answer:
    """The answer that a function posted: `response`, `error`, or `init/error` where it could not start."""

    kind: str
    body: Any
    seconds: float
    """Since the event was there to take; of the first, since the process began."""


@dataclass
class Runtime:
    """One function and its process."""

    process: "subprocess.Popen[str]"
    events: "queue.Queue[dict[str, Any]]"
    answers: "queue.Queue[tuple[str, Any]]"
    began: float
    log: list[str] = field(default_factory=list)

    def invoke(self, given: Mapping[str, Any]) -> Answer:
        """Hand an event to the function and return its answer; fails where the process ends without one."""
        self.events.put(dict(given))
        while True:
            try:
                kind, body = self.answers.get(timeout=0.2)
            except queue.Empty:
                assert self.process.poll() is None, self.printed()
                continue
            now = time.monotonic()
            answer, self.began = Answer(kind, body, now - self.began), now
            return answer

    def printed(self) -> str:
        """Return what the process printed so far: the function's log."""
        return "".join(self.log)


def here(handler: str, variables: Mapping[str, str]) -> Command:
    """Return the client of this Python."""
    return [sys.executable, "-m", "awslambdaric", handler], variables


@contextmanager
def started(
    handler: str, variables: Mapping[str, str], client: Callable[[str, Mapping[str, str]], Command] = here
) -> Iterator[Runtime]:
    """Start a function's process with these variables alone, and kill it at the end, as Lambda does.

    `client` returns the command that starts the runtime interface client with a handler and variables.
    """
    events: queue.Queue[dict[str, Any]] = queue.Queue()
    answers: queue.Queue[tuple[str, Any]] = queue.Queue()
    with serving(events, answers) as address:
        command, environment = client(handler, {**variables, "AWS_LAMBDA_RUNTIME_API": address})
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with process:
            runtime = Runtime(process, events, answers, began)
            reader = threading.Thread(target=lambda: runtime.log.extend(process.stdout or ()))
            reader.start()
            try:
                yield runtime
            finally:
                process.kill()
                reader.join()


@contextmanager
def serving(events: "queue.Queue[dict[str, Any]]", answers: "queue.Queue[tuple[str, Any]]") -> Iterator[str]:
    """Serve the Runtime API; yields its address."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """`/invocation/next` holds the request until there is an event."""
            while not ended.is_set():
                try:
                    body = json.dumps(events.get(timeout=0.2)).encode()
                except queue.Empty:
                    continue
                self.answer(200, body, {
                    "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                    "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 300_000),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:function",
                })  # fmt: skip
                return

        def do_POST(self) -> None:
            """A response or an error."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            _, _, path = self.path.partition(f"{VERSION}/")
            answers.put(("init/error" if path == "init/error" else path.rpartition("/")[2], json.loads(body)))
            self.answer(202, b'{"status": "OK"}', {})

        def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            sent = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
            for name, value in sent.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            ended.set()
            server.shutdown()
            thread.join()
