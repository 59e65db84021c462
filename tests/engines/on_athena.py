"""Athena, as far as it runs offline: Trino with Iceberg behind Athena's API, on moto's S3 and Glue."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import boto3
import pyarrow as pa

from ingestion.bronze.glue import register
from ingestion.settings import Settings
from tests.emulated_aws import emulated_aws
from tests.engines.athena.stack import athena as offline_athena
from tests.engines.athena.trino import Trino
from tests.engines.engine import Engine, TableName

BUCKET = "lake"
RUNNING = "RUNNING"
KEY = "made of an instant, which Athena reads in milliseconds"
TYPES = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


class Athena(Engine):
    """Iceberg tables in a bucket; bronze beside them, known to Glue as ingestion makes it known."""

    name = "Athena (Trino 476), to the ms"
    target = "athena"
    instants = "ms"
    apart: ClassVar[Mapping[str, str]] = {**Engine.apart, "version_id": KEY, "customer_key": KEY, "product_key": KEY}

    def __init__(self, folder: Path, trino: Trino, variables: Mapping[str, str]) -> None:
        """Args: variables: those that lead to S3, Glue and Athena."""
        super().__init__(folder)
        self.trino = trino
        self._variables = variables

    def take(self, bronze: Path) -> None:
        """Copy what is new into the bucket, and register every table in Glue."""
        with patch.dict(os.environ, self.environment()):
            s3 = boto3.resource("s3").Bucket(BUCKET)
            held = {item.key for item in s3.objects.filter(Prefix="lake/bronze/")}
            for file in bronze.rglob("*"):
                key = f"lake/bronze/{file.relative_to(bronze)}"
                if file.is_file() and (key not in held or file.name == "_last_checkpoint"):
                    s3.upload_file(str(file), key)
            register(Settings.load(), "bronze", [place.name for place in bronze.iterdir()])

    @cached_property
    def _client(self) -> Any:
        """Athena's API. Boto3 makes clients for one thread at a time; one that is made serves all."""
        with patch.dict(os.environ, self.environment()):
            return boto3.client("athena")

    def environment(self) -> Mapping[str, str]:
        """Where S3, Glue and Athena are, and the lake in them."""
        return {
            **self._variables,
            "LAKEHOUSE_HOME": str(self.folder),
            "LAKEHOUSE_ROOT": f"s3://{BUCKET}/lake",
            "LAKEHOUSE_CATALOG": "glue",
        }

    def table(self, table: TableName) -> pa.Table:
        """As Trino reads it."""
        result = self.trino.ask(f'select * from "{table.schema}"."{table.name}"')
        cells = zip(*result.rows, strict=True) if result.rows else ([] for _ in result.columns)
        return pa.table(
            {column["name"]: _array(values, column) for column, values in zip(result.columns, cells, strict=True)}
        )

    def ask(self, sql: str) -> list[dict[str, str | None]]:
        """The rows of a statement by Athena's API, as text. Raises AssertionError with Athena's reason."""
        client = self._client
        key = client.start_query_execution(QueryString=sql)["QueryExecutionId"]
        status: Any = {"State": RUNNING}
        while status["State"] == RUNNING:  # the gateway answers when a statement ends, or after a while
            status = client.get_query_execution(QueryExecutionId=key)["QueryExecution"]["Status"]
        assert status["State"] == "SUCCEEDED", status.get("StateChangeReason")
        pages = client.get_paginator("get_query_results").paginate(QueryExecutionId=key)
        rows = [
            [cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]
        ]
        names = [str(name) for name in rows[0]] if rows else []
        return [dict(zip(names, row, strict=True)) for row in rows[1:]]


def _array(values: Any, column: dict[str, Any]) -> pa.Array:
    """Trino gives decimals, dates and instants as text."""
    kind = _type(column["typeSignature"])
    as_text = pa.types.is_temporal(kind) or pa.types.is_decimal(kind)
    return pa.array(values, pa.string() if as_text else kind).cast(kind)


def _type(signature: dict[str, Any]) -> pa.DataType:
    if signature["rawType"] == "decimal":
        return pa.decimal128(*(argument["value"] for argument in signature["arguments"]))
    return pa.timestamp("us") if signature["rawType"] == "timestamp" else TYPES[signature["rawType"]]


@contextmanager
def athena(folder: Path) -> Iterator[Engine]:
    """An S3, a Glue and a Trino of its own, stopped at the end. Raises `NotInstalled`."""
    with emulated_aws(folder) as variables:
        with patch.dict(os.environ, variables):
            boto3.client("s3").create_bucket(Bucket=BUCKET)
        with offline_athena(folder, variables["AWS_ENDPOINT_URL"]) as (trino, address):
            yield Athena(folder, trino, {**variables, "AWS_ENDPOINT_URL_ATHENA": address})
