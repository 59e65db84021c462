"""Redshift's UNLOAD to Parquet on S3, with the types of the query and not of the rows it happens to return."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import RawIOBase
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import sqlglot
from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, open_csv
from pyarrow.parquet import ParquetWriter

from devstack import postgres

if TYPE_CHECKING:
    import psycopg
    from mypy_boto3_s3 import S3Client

STATEMENT = re.compile(
    r"\s*unload\s*\(\s*(?:'((?:[^']|'')*)'|\$\$(.*?)\$\$)\s*\)\s*to\s*'s3://([^/']+)/([^']*)'(.*)$", re.I | re.S
)

TYPES = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}
"""PostgreSQL type -> Arrow type; NUMERIC has its own, all others are text."""
Chunk = bytes | bytearray | memoryview


class UnloadFailed(RuntimeError):
    """UNLOAD was refused or could not write; the message is Redshift's where it has one."""


@dataclass(frozen=True)
class Unload:
    """A parsed statement."""

    query: str
    bucket: str
    prefix: str
    options: str
    """What follows the target, upper case."""


def parse(sql: str) -> Unload | None:
    """The statement, if it is an UNLOAD."""
    match = STATEMENT.match(sql)
    if match is None:
        return None
    query = match[1].replace("''", "'") if match[1] is not None else match[2]
    return Unload(query, match[3], match[4], match[5].upper())


def run(statement: Unload, postgres_port: int, s3: str) -> None:
    """Write the query's rows below the prefix, as one slice of a cluster would. Raises `UnloadFailed`."""
    import boto3
    import psycopg
    from botocore.exceptions import BotoCoreError, ClientError

    if "PARQUET" not in statement.options:
        raise UnloadFailed("UNLOAD works here only with FORMAT AS PARQUET")
    client = boto3.client("s3", endpoint_url=s3)
    try:
        _make_room(client, statement)
        with psycopg.connect(postgres.address(postgres_port, "analytics")) as connection, TemporaryFile() as file:
            _write(connection, sqlglot.transpile(statement.query, read="redshift", write="postgres")[0], file)
            file.seek(0)
            name = "000.parquet" if "PARALLEL OFF" in statement.options else "0000_part_00.parquet"
            client.upload_fileobj(file, statement.bucket, statement.prefix + name)
        if "MANIFEST" in statement.options:
            entry = {"url": f"s3://{statement.bucket}/{statement.prefix}{name}"}
            client.put_object(
                Bucket=statement.bucket, Key=f"{statement.prefix}manifest", Body=json.dumps({"entries": [entry]})
            )
    except (psycopg.Error, BotoCoreError, ClientError, sqlglot.errors.SqlglotError, pa.ArrowException) as error:
        raise UnloadFailed(f"UNLOAD failed: {str(error).strip()}") from error


def _make_room(client: "S3Client", statement: Unload) -> None:
    """A target that holds something is an error, unless the statement says what to do with it."""
    there = client.list_objects_v2(Bucket=statement.bucket, Prefix=statement.prefix).get("Contents", [])
    if there and "CLEANPATH" in statement.options:
        for item in there:
            client.delete_object(Bucket=statement.bucket, Key=item["Key"])
    elif there and "ALLOWOVERWRITE" not in statement.options:
        raise UnloadFailed(
            "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, "
            "manually removing the target files in S3, or using the ALLOWOVERWRITE option."
        )


def _write(connection: "psycopg.Connection[tuple[object, ...]]", query: str, file: IO[bytes]) -> None:
    """The rows as Parquet, read as a stream of text and typed by the query's columns."""
    cursor = connection.execute(f"select * from ({query}) as result limit 0")
    types = {column.name: _arrow_type(column) for column in cursor.description or ()}
    schema = pa.schema(list(types.items()))
    with connection.cursor().copy(f"copy ({query}) to stdout (format csv)") as rows, ParquetWriter(file, schema) as out:
        for batch in _batches(iter(rows), schema):
            out.write_batch(batch)


def _arrow_type(column: "psycopg.Column") -> pa.DataType:
    if column.type_display.startswith("numeric"):
        return pa.decimal128(column.precision or 38, column.scale if column.scale is not None else 10)
    return TYPES.get(column.type_display.split("(")[0], pa.string())


def _batches(chunks: Iterator[Chunk], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Arrow batches of PostgreSQL's csv, in which an empty field is NULL and a quoted empty one is empty text."""
    first = next(chunks, b"")
    if not first:
        return
    yield from open_csv(
        _Stream(chain([first], chunks)),
        read_options=ReadOptions(column_names=schema.names),
        parse_options=ParseOptions(newlines_in_values=True),
        convert_options=ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


class _Stream(RawIOBase):
    """Chunks of bytes as a file."""

    def __init__(self, chunks: Iterator[Chunk]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or bytes(next(self._chunks, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
