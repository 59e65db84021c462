"""Sail, the engine: one server in this process, and a Spark session for each lake.

Imported only when a query is about to run, because pyspark and pandas take a second to import.
"""

import atexit
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from dbt.adapters.lake.errors import LakeError
from google.protobuf.message import DecodeError
from pyspark.sql import DataFrame, SparkSession

DEFAULTS = {"spark.sql.session.timeZone": "UTC", "spark.sql.sources.default": "delta"}

UNCOMPRESSED = ("grpc.compression_enabled_algorithms_bitset", 1)
"""Option of a channel: answers are sent as they are. Sail would compress each one, for nothing on one machine, and gRPC
1.85 has once handed on an answer still compressed."""

GRACE = 2
"""Seconds that Sail has to end after Ctrl-C."""

_starting = threading.Lock()
_server: Any = None


def start_session() -> SparkSession:
    """A session of its own, with its own catalogue of tables and temporary views."""
    with _starting:
        interrupt = _on_interrupt()
        host, port = _address()
        with _script():
            from pyspark.sql.connect.client import DefaultChannelBuilder
            from pyspark.sql.connect.client.retries import RetryPolicy
            from pyspark.sql.connect.session import SparkSession as Session
        os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"  # as pyspark's own builder, which takes no options of a channel
        channel = DefaultChannelBuilder(f"sc://{host}:{port}", [UNCOMPRESSED])
        session = cast(SparkSession, Session.builder.channelBuilder(channel).create())
        # the client's default policy retries for ten minutes, which turns Ctrl-C into a hang
        session.client.set_retry_policies([RetryPolicy(max_retries=0)])
        # no network to lose an answer on, so none of the calls that guard against it: a third less time per query
        session.client.disable_reattachable_execute()
        session.client._stub.ExecutePlan = answers(session.client._channel)
        configure(session, {})
        # Sail, once it serves, stops at SIGINT and lets Python's blocked calls go on: Ctrl-C is for dbt alone to handle
        _on_interrupt(interrupt)
    atexit.register(session.stop)
    return session


def leave_behind() -> None:
    """Let the process end in seconds: at its end the server waits for a query that is deep in its work, and nobody
    needs that one any more."""
    atexit.register(_end_soon)


def _end_soon() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(GRACE)


def _address() -> tuple[str, int]:
    """Return the address of the process's server (loopback only); starts it at the first call."""
    global _server
    if _server is None:
        os.environ.setdefault("RUST_LOG", "error")
        os.environ.setdefault("SAIL_SPARK__SESSION_TIMEOUT_SECS", "86400")
        # a join by few keys reads the keys of the large table, and its other columns where a key fits only
        os.environ.setdefault("SAIL_PARQUET__PUSHDOWN_FILTERS", "true")
        # not by page: what a second condition reads may lie in a page that the first left out (arrow-rs issue 9239)
        os.environ.setdefault("SAIL_PARQUET__ENABLE_PAGE_INDEX", "false")
        # Sail's allocator, which reads this when it is loaded: what a query has freed the next one takes, instead of
        # getting it from the kernel page by page, half of the system's time of a large build
        os.environ.setdefault("MIMALLOC_PURGE_DELAY", "-1")
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        atexit.register(server.stop)
        _server = server
    host, port = _server.listening_address
    return str(host), int(port)


def _on_interrupt(action: Any = None) -> Any:
    """The process's raw handling of SIGINT, after setting it to `action` if given. Works in every thread, where
    `signal.signal` works in the main one only; 256 bytes hold a `struct sigaction` of any platform."""
    before = ctypes.create_string_buffer(256)
    if ctypes.CDLL(None, use_errno=True).sigaction(signal.SIGINT, action, before):
        raise OSError(ctypes.get_errno(), "sigaction")
    return before


def ask(session: Any, query: str) -> DataFrame:
    """A query's rows, still to be fetched: half the calls of `session.sql`, which runs commands too."""
    from pyspark.sql.connect import dataframe, plan

    return dataframe.DataFrame(plan.SQL(query), session)


def answers(channel: Any) -> Any:
    """The call that runs a plan, its answers parsed by who asked for them.

    gRPC would parse them in a thread of its own, log what can't be parsed, and, if the call's status has come by then,
    end the stream as if nothing were missing (github.com/grpc/grpc/issues/34670).
    """
    from pyspark.sql.connect.proto import ExecutePlanRequest, ExecutePlanResponse

    asked = channel.unary_stream(
        "/spark.connect.SparkConnectService/ExecutePlan", request_serializer=ExecutePlanRequest.SerializeToString
    )

    def execute(request: Any, **options: Any) -> Iterator[Any]:
        for number, answer in enumerate(asked(request, **options), 1):
            try:
                yield ExecutePlanResponse.FromString(answer)
            except DecodeError as error:
                text = f"answer {number} of Sail, {len(answer)} bytes, can't be read: {answer[:200]!r}"
                raise LakeError(f"{text} (build again; if it comes again, report it)") from error

    return execute


def configure(session: SparkSession, parameters: dict[str, str]) -> None:
    """Set the session's parameters: UTC and Delta unless they say otherwise."""
    for name, value in {**DEFAULTS, **parameters}.items():
        session.conf.set(name, value)


@contextmanager
def _script() -> Iterator[None]:
    """Let the process look like a script: pyspark takes `python -c` for a run of its doctests, and exits."""
    main = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = "-c"
    try:
        yield
    finally:
        del main.__file__
