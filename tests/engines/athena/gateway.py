"""Athena's API over Trino, for what runs queries; each other call is passed on to moto.

Clients set AWS_ENDPOINT_URL to moto and AWS_ENDPOINT_URL_ATHENA to this server.
"""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.engines.athena.statements import Done, Statements
from tests.engines.athena.trino import Failed

PATIENCE = 20.0
"""Seconds that GetQueryExecution waits for the end: the client needs no sleep between its questions."""
PAGE = 1000


@dataclass
class Query:
    """A statement that runs or has ended."""

    id: str
    sql: str
    state: str = "RUNNING"
    began: float = field(default_factory=time.time)
    failure: Failed | None = None
    outcome: Done = field(default_factory=lambda: Done("DML"))
    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def described(self) -> dict[str, Any]:
        """Athena's QueryExecution."""
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.began}
        if self.failure:
            kind = 233 if str(self.failure).startswith("ICEBERG_") else 100
            error = {"ErrorCategory": 2 if self.failure.by_user else 1, "ErrorType": kind, "Retryable": False}
            status |= {"StateChangeReason": str(self.failure), "AthenaError": error}
        return {
            "QueryExecutionId": self.id,
            "Query": self.sql,
            "StatementType": self.outcome.kind,
            "Status": status,
            "Statistics": {"DataScannedInBytes": 0},
        }


class Athena:
    """The calls of Athena's API, by name."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._queries: dict[str, Query] = {}
        self._pool = ThreadPoolExecutor(8)

    def StartQueryExecution(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - as Athena names it
        """Begin a statement."""
        query = self._queries.setdefault(key := str(uuid.uuid4()), Query(key, request["QueryString"]))
        schema = request.get("QueryExecutionContext", {}).get("Database", "default").lower()
        self._pool.submit(self._run, query, schema)
        return {"QueryExecutionId": key}

    def _run(self, query: Query, schema: str) -> None:
        try:
            query.outcome = self._statements.run(query.sql, schema, query.stop)
            query.state = "SUCCEEDED"
        except Failed as failure:
            query.state, query.failure = "CANCELLED" if query.stop.is_set() else "FAILED", failure
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here is what the query fails with
            query.state, query.failure = "FAILED", Failed("INTERNAL_ERROR", repr(error), by_user=False)
        finally:
            query.ended.set()

    def GetQueryExecution(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """How a statement is doing."""
        query = self._queries[request["QueryExecutionId"]]
        query.ended.wait(PATIENCE)
        return {"QueryExecution": query.described()}

    def StopQueryExecution(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """End a statement early."""
        self._queries[request["QueryExecutionId"]].stop.set()
        return {}

    def GetDataCatalog(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """The one catalogue: Glue."""
        parameters = {"catalog-id": "123456789012"}
        return {"DataCatalog": {"Name": request["Name"], "Type": "GLUE", "Parameters": parameters}}

    def GetQueryResults(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """A page of a query's rows; the first begins with the names of the columns."""
        query = self._queries[request["QueryExecutionId"]]
        if query.state != "SUCCEEDED":
            raise Failed("InvalidRequestException", f"the query is {query.state}")
        columns, rows = query.outcome.result.columns, query.outcome.result.rows if query.outcome.is_query else ()
        begin = int(request.get("NextToken") or 0)
        end = begin + min(int(request.get("MaxResults", PAGE)), PAGE) - (not begin)
        names = [[column["name"] for column in columns]] if query.outcome.is_query and not begin else []
        cells = [[shown(value, column) for value, column in zip(row, columns, strict=True)] for row in rows[begin:end]]
        more = {"NextToken": str(end)} if end < len(rows) else {}
        return more | {
            "UpdateCount": query.outcome.result.count,
            "ResultSet": {
                "ResultSetMetadata": {"ColumnInfo": [_info(column) for column in columns]},
                "Rows": [{"Data": [_cell(value) for value in row]} for row in names + cells],
            },
        }


def _cell(value: str | None) -> dict[str, str]:
    return {} if value is None else {"VarCharValue": value}


def shown(value: Any, column: dict[str, Any]) -> str | None:
    """A value as Athena prints it; nested ones as JSON."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, list | dict) else str(value)


def _info(column: dict[str, Any]) -> dict[str, Any]:
    kind = column["typeSignature"]["rawType"]
    sizes = [one["value"] for one in column["typeSignature"].get("arguments", []) if one["kind"] == "LONG"]
    precision, scale = sizes if kind == "decimal" else (0, 0)
    told = {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Nullable": "UNKNOWN", "CaseSensitive": False}
    name = {"Name": column["name"], "Label": column["name"], "Type": {"real": "float"}.get(kind, kind)}
    return told | name | {"Precision": precision, "Scale": scale}


@contextmanager
def serving(statements: Statements, moto: int) -> Iterator[str]:
    """The address of a server for as long as the context lasts; `moto` is the port of the rest of Amazon."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(Athena(statements), moto))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _handler(athena: Athena, moto: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            call = getattr(athena, self.headers["X-Amz-Target"].split(".")[-1], None)
            status, told = self._pass_on(body) if call is None else self._answer(call, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def _answer(self, call: Any, body: bytes) -> tuple[int, bytes]:
            try:
                return 200, json.dumps(call(json.loads(body))).encode()
            except (Failed, KeyError) as error:
                return 400, json.dumps({"__type": "InvalidRequestException", "message": str(error)}).encode()

        def _pass_on(self, body: bytes) -> tuple[int, bytes]:
            connection = HTTPConnection("127.0.0.1", moto, timeout=60)
            try:
                connection.request("POST", self.path, body, dict(self.headers))
                response = connection.getresponse()
                return response.status, response.read()
            finally:
                connection.close()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    return Handler
