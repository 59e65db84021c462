"""Apache Spark with Delta, behind Spark Connect; dbt speaks to it through dbt-spark as it is."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from tests.engines.bringing import installed
from tests.engines.engine import Engine, TableName
from tests.engines.spark_server import SparkServer, spark_server


class Spark(Engine):
    """Tables in the engine's folder; bronze stays where it is and is registered in the catalogue."""

    name = "Spark 4.0"
    target = "spark"

    def __init__(self, folder: Path, server: SparkServer) -> None:
        super().__init__(folder)
        self.server = server

    @cached_property
    def session(self) -> Any:
        """A session beside dbt's, on the same catalogue."""
        from pyspark.sql import SparkSession  # slow to import, and the local engine's tests are collected beside these

        return SparkSession.builder.remote(self.server.remote).create()

    def end(self) -> None:
        """Close the session, if there is one: pyspark asks a dead server for ten minutes before its process ends."""
        if "session" in vars(self):
            self.session.stop()

    def take(self, bronze: Path) -> None:
        """Register the tables that the catalogue lacks, as `lakehouse ingest` does in Glue's."""
        self.session.sql("create schema if not exists bronze")
        known = {row.tableName for row in self.session.sql("show tables in bronze").collect()}
        for place in sorted(bronze.iterdir()):
            if place.name not in known:
                self.session.sql(f"create table bronze.{place.name} using delta location '{place}'")

    def environment(self) -> Mapping[str, str]:
        """Where the server listens, and where tables go."""
        return {
            "SPARK_REMOTE": self.server.remote,
            "LAKEHOUSE_HOME": str(self.folder),
            "LAKEHOUSE_ROOT": str(self.folder / "lake"),
        }

    def table(self, table: TableName) -> pa.Table:
        """As delta-rs reads it, which shows too that others can."""
        return DeltaTable(str(self.folder / "lake" / table.schema / table.name)).to_pyarrow_table()


@contextmanager
def spark(folder: Path) -> Iterator[Engine]:
    """A server of its own, stopped at the end. Raises `NotInstalled`."""
    with spark_server(folder, installed("spark")) as server:
        engine = Spark(folder, server)
        try:
            yield engine
        finally:
            engine.end()
