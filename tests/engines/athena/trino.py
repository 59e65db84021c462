"""What a client of Trino sends and gets: one statement at a time, by Trino's own HTTP protocol."""

import json
import threading
import urllib.parse
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import tenacity

NO_NODES = "NO_NODES_AVAILABLE"


class Failed(RuntimeError):
    """A query failed, as Athena says it: `NAME: message`."""

    def __init__(self, name: str, message: str, *, by_user: bool = True) -> None:
        super().__init__(f"{name}: {message}")
        self.by_user = by_user
        """Whether the statement is to blame, not the server."""


class NoNodes(Failed):
    """Trino knows no active node that has the statement's catalogues; the statement left nothing behind."""


@dataclass(frozen=True)
class Result:
    """What a statement gave."""

    columns: tuple[dict[str, Any], ...] = ()
    """Trino's: `name`, and `typeSignature` with `rawType` and `arguments`."""
    rows: tuple[list[Any], ...] = ()
    count: int = 0
    """Rows that were written."""


@dataclass(frozen=True)
class Trino:
    """A server that listens on a port of this machine."""

    port: int
    patience_s: float = 120
    """How long a statement is sent again while no node is there to run it."""
    pause_s: float = 0.5

    def ask(self, sql: str, schema: str = "default", prepared: str = "", stop: threading.Event | None = None) -> Result:
        """Run one statement to its end, or until `stop` is set; `prepared` is a statement that it may call `q`.

        Raises Failed; NoNodes only once `patience_s` is over.
        """
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(NoNodes),
            wait=tenacity.wait_fixed(self.pause_s),
            stop=tenacity.stop_after_delay(self.patience_s),
            reraise=True,
        )(self._run, sql, schema, prepared, stop)

    def _run(self, sql: str, schema: str, prepared: str, stop: threading.Event | None) -> Result:
        headers = {
            "X-Trino-User": "athena",
            "X-Trino-Catalog": "awsdatacatalog",
            "X-Trino-Schema": schema,
            "X-Trino-Time-Zone": "UTC",
            "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
        } | ({"X-Trino-Prepared-Statement": f"q={urllib.parse.quote(prepared)}"} if prepared else {})
        answer = self._call("POST", "/v1/statement", headers, sql.encode())
        columns, rows = answer.get("columns"), list[list[Any]](answer.get("data", []))
        while "nextUri" in answer:
            path = urllib.parse.urlsplit(answer["nextUri"]).path
            if stop and stop.is_set():
                self._call("DELETE", path, headers)
                raise Failed("USER_CANCELED", "the query was stopped")
            answer = self._call("GET", path, headers)
            columns = answer.get("columns", columns)
            rows += answer.get("data", [])
        if "error" in answer:
            error = answer["error"]
            kind = NoNodes if error["errorName"] == NO_NODES else Failed
            raise kind(error["errorName"], error["message"], by_user=error["errorType"] == "USER_ERROR")
        return Result(tuple(columns or ()), tuple(rows), answer.get("updateCount") or 0)

    def _call(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> dict[str, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            told = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise Failed("INTERNAL_ERROR", f"Trino answered {response.status} to {method} {path}: {told[:200]!r}")
        return json.loads(told) if told else {}
