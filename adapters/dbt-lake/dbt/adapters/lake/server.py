"""Sail, the engine: one server in this process, and a Spark session for each lake.

Imported only when a query is about to run, because pyspark and pandas take a second to import.
"""

import atexit
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

DEFAULTS = {"spark.sql.session.timeZone": "UTC", "spark.sql.sources.default": "delta"}

_starting = threading.Lock()
_server: Any = None


def _address() -> tuple[str, int]:
    """Where the process's server listens (loopback only); starts it at the first call."""
    global _server
    with _starting:
        if _server is None:
            os.environ.setdefault("RUST_LOG", "error")
            os.environ.setdefault("SAIL_SPARK__SESSION_TIMEOUT_SECS", "86400")
            server = SparkConnectServer("127.0.0.1", 0)
            server.start(background=True)
            atexit.register(server.stop)
            _server = server
    host, port = _server.listening_address
    return str(host), int(port)


def start_session() -> SparkSession:
    """A session of its own, with its own catalogue of tables and temporary views."""
    host, port = _address()
    with _script():
        from pyspark.sql.connect.client.retries import RetryPolicy
    session: SparkSession = SparkSession.builder.remote(f"sc://{host}:{port}").create()
    # the client's default policy retries for ten minutes, which turns Ctrl-C into a hang
    session.client.set_retry_policies([RetryPolicy(max_retries=0)])
    configure(session, {})
    atexit.register(session.stop)
    return session


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
