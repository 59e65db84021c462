"""Trino itself, on the S3 and Glue of one endpoint: one Glue catalogue seen as Athena's AwsDataCatalog.

Three catalogues of Trino stand for it: `awsdatacatalog` (Hive), which redirects to `iceberg` and, read-only, `delta`.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.engines.athena.readiness import await_ready
from tests.engines.athena.trino import Trino
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
failure-detector.enabled=false
discovery.max-age=1h
query.remote-task.max-error-duration=10m
exchange.max-error-duration=10m
"""
"""The one node is the coordinator itself: it is not given up while a busy machine keeps it from answering."""
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


@contextmanager
def running(
    installed: Path, folder: Path, endpoint: str, account: dict[str, str], s3: Any, glue: Any
) -> Iterator[Trino]:
    """A server for as long as the context lasts, once it runs queries over tables.

    Args: folder: takes its settings and log. s3, glue: boto3's resource and client of `endpoint`, for `await_ready`.
    """
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
        await_ready(trino, process, folder / "trino.log", s3, glue)
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
