"""Apache Spark itself: one Spark Connect server with Delta and a Hive catalogue, for as many dbt runs as tests want."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import tenacity

from tests.engines.bringing import free_ports

JVM = (
    "-Xmx1200m",
    "-Xss4m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=256m",
    "-XX:+IgnoreUnrecognizedVMOptions",
    "-Djdk.reflect.useDirectMethodHandle=false",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dderby.stream.error.file=/dev/null",
)
OPENED = (
    *("java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.util"),
    *("java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref", "sun.nio.ch", "sun.nio.cs"),
    *("sun.security.action", "sun.util.calendar"),
)
"""Packages of Java that Spark reaches into, as its own launcher opens them."""
MAIN = "org.apache.spark.sql.connect.service.SparkConnectServer"
SETTINGS = {
    "spark.master": "local[2]",
    "spark.app.name": "lakehouse",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.catalogImplementation": "hive",
    "spark.hadoop.hive.metastore.disallow.incompatible.col.type.changes": "false",
    "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
    "spark.hadoop.hive.metastore.schema.verification": "false",
    # small data on two cores
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.connect.grpc.binding.address": "127.0.0.1",
}


@dataclass(frozen=True)
class SparkServer:
    """A running server."""

    home: Path
    port: int

    @property
    def remote(self) -> str:
        """What SPARK_REMOTE has to say."""
        return f"sc://127.0.0.1:{self.port}"


@contextmanager
def spark_server(folder: Path, installed: Path) -> Iterator[SparkServer]:
    """Start a server whose catalogue and log are in a folder, wait for its first answer, stop it at the end."""
    [port] = free_ports(1)
    log = folder / "spark.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_java(installed), *_properties(folder, port), MAIN],
            cwd=folder,
            env={**os.environ, "SPARK_HOME": str(installed), "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(port, process, log)
            yield SparkServer(folder, port)
        finally:
            process.kill()  # its tables are whole after each commit, and nothing else of it is kept
            process.wait()


def _java(installed: Path) -> list[str]:
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
    return ["java", *JVM, *opened, "-cp", f"{installed}/jars/*"]


def _properties(folder: Path, port: int) -> list[str]:
    places: Mapping[str, str] = {
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
        "spark.local.dir": f"{folder}/scratch",
        "spark.connect.grpc.binding.port": str(port),
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder}/catalogue;create=true",
    }
    return [f"-D{name}={value}" for name, value in {**SETTINGS, **places}.items()]


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(grpc.FutureTimeoutError),
    wait=tenacity.wait_fixed(0.2),
    stop=tenacity.stop_after_delay(300),
    reraise=True,
)
def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    if process.poll() is not None:
        raise RuntimeError(f"Spark ended with {process.returncode}:\n{log.read_text()[-3000:]}")
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        grpc.channel_ready_future(channel).result(timeout=1)
