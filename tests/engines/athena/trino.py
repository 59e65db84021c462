"""Trino itself, on the S3 and Glue of one endpoint: one Glue catalogue seen as Athena's AwsDataCatalog.

Three catalogues of Trino stand for it: `awsdatacatalog` (Hive), which redirects to `iceberg` and, read-only, `delta`.
"""

import json
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import tenacity

from tests.engines.bringing import free_ports

JVM = """-Xmx1400m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError -XX:ReservedCodeCacheSize=256M
-Djdk.attach.allowAttachSelf=true -Dfile.encoding=UTF-8 -Duser.timezone=UTC --sun-misc-unsafe-memory-access=allow
--enable-native-access=ALL-UNNAMED"""
SERVER = """coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port={port}
http-server.max-request-header-size=4MB
discovery.uri=http://127.0.0.1:{port}
node.internal-address=127.0.0.1
plugin.dir={installed}/server/plugin
catalog.config-dir={folder}/catalog
catalog.management=static
query.max-memory=512MB
query.max-memory-per-node=512MB
memory.heap-headroom-per-node=256MB
task.concurrency=2
task.max-worker-threads=4
task.min-writer-count=1
task.max-writer-count=1
query.min-expire-age=1m
"""
AMAZON = """fs.native-s3.enabled=true
s3.endpoint={endpoint}
s3.region=us-east-1
s3.path-style-access=true
s3.aws-access-key={key}
s3.aws-secret-key={secret}
hive.metastore.glue.region=us-east-1
hive.metastore.glue.endpoint-url={endpoint}
hive.metastore.glue.aws-access-key={key}
hive.metastore.glue.aws-secret-key={secret}
"""
CATALOGUES = {
    "awsdatacatalog": """connector.name=hive
hive.metastore=glue
hive.iceberg-catalog-name=iceberg
hive.delta-lake-catalog-name=delta
hive.security=allow-all
hive.table-statistics-enabled=false
""",
    "iceberg": """connector.name=iceberg
iceberg.catalog.type=glue
iceberg.file-format=PARQUET
iceberg.hive-catalog-name=awsdatacatalog
iceberg.unique-table-location=false
iceberg.max-partitions-per-writer=100
""",
    "delta": """connector.name=delta_lake
hive.metastore=glue
delta.hive-catalog-name=awsdatacatalog
delta.security=read-only
delta.metadata.cache-ttl=0s
""",
}


class Failed(RuntimeError):
    """A query failed, as Athena says it: `NAME: message`."""

    def __init__(self, name: str, message: str, *, by_user: bool = True) -> None:
        super().__init__(f"{name}: {message}")
        self.by_user = by_user
        """Whether the statement is to blame, not the server."""


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

    def ask(self, sql: str, schema: str = "default", prepared: str = "", stop: threading.Event | None = None) -> Result:
        """Run one statement to its end, or until `stop` is set; `prepared` is a statement that it may call `q`.

        Raises Failed.
        """
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
            raise Failed(error["errorName"], error["message"], by_user=error["errorType"] == "USER_ERROR")
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


@contextmanager
def running(installed: Path, folder: Path, endpoint: str, account: dict[str, str]) -> Iterator[Trino]:
    """A server for as long as the context lasts, once it answers a query; `folder` takes its settings and log."""
    [port] = free_ports(1)
    _configure(installed, folder, port, {"endpoint": endpoint, **account})
    command = [
        str(installed / "jdk/bin/java"),
        *JVM.split(),
        *("-cp", f"{installed}/server/lib/*"),
        *(f"-Dnode.environment=test -Dnode.id=athena -Dnode.data-dir={folder}/data").split(" "),
        f"-Dconfig={folder}/config.properties",
        f"-Dlog.levels-file={folder}/log.properties",
        "io.trino.server.TrinoServer",
    ]
    with (folder / "trino.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        trino = Trino(port)
        _await(trino, process, folder / "trino.log")
        yield trino
    finally:
        process.kill()
        process.wait()


def _configure(installed: Path, folder: Path, port: int, amazon: dict[str, str]) -> None:
    (folder / "catalog").mkdir(parents=True)
    (folder / "config.properties").write_text(SERVER.format(port=port, installed=installed, folder=folder))
    (folder / "log.properties").write_text("io.trino=WARN\nio.airlift=WARN\n")
    for name, text in CATALOGUES.items():
        (folder / f"catalog/{name}.properties").write_text(text + AMAZON.format(**amazon))


def _await(trino: Trino, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for an answer to a query: Trino says that it is ready before a node is there to run one."""

    def ask() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"Trino ended with {process.returncode}, see {log}:\n{log.read_text()[-2000:]}")
        try:
            return bool(trino.ask("select 1").rows)
        except (OSError, Failed):
            return False

    tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda answered: not answered),
        wait=tenacity.wait_fixed(0.3),
        stop=tenacity.stop_after_delay(300),
    )(ask)
