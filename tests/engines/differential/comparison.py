"""Asks both engines the queries of a seed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from dbt.adapters.lake.session import Session, open_lake

from tests.engines.differential import tables
from tests.engines.differential.answers import answer
from tests.engines.differential.differences import Verdict, verdict
from tests.engines.differential.generator import queries

SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}
"""Of Spark, as profiles.yml sets them."""


@contextmanager
def sail(folder: Path) -> Iterator[Session]:
    """A lake with the tables, as `lakehouse sql` opens one."""
    tables.write(folder)
    with open_lake(str(folder)) as lake:
        yield lake


def prepare(spark: Any, folder: Path) -> None:
    """Let a Spark session know the tables of a folder."""
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    spark.sql(f"create schema if not exists {tables.SCHEMA}")
    for table in tables.ROWS:
        name, place = f"{tables.SCHEMA}.{table}", folder / tables.SCHEMA / table
        spark.sql(f"create table if not exists {name} using delta location '{place}'")


def verdicts(lake: Session, spark: Any, count: int, seed: int) -> Iterator[Verdict]:
    """Each query's, as it comes."""

    def ask_spark(query: str) -> pa.Table:
        return spark.sql(query).toArrow()

    for query in queries(count, seed):
        yield verdict(query, answer(lake.sql, query), answer(ask_spark, query))
