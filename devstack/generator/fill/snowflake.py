"""Snowflake: tables as Parquet on the stage, then one transaction that empties and copies every table."""

import io
import warnings
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from devstack.generator.fill.vendor_drop import s3

PREFIX = "SOURCES__SNOWFLAKE__"
BUCKET, FOLDER = "lakehouse-stage", "demo"
CONNECT_SECONDS = 10


def fill(addresses: Mapping[str, str], tables: Mapping[str, pa.Table]) -> int:
    """Replace these tables in one transaction; returns their rows. Raises the connector's and botocore's errors."""
    client = s3(addresses)
    with closing(_connect(addresses)) as connection, connection.cursor() as cursor:
        for name, rows in tables.items():
            _stage(client, name, rows)
            _define(cursor, name, rows.schema)  # DDL commits, so all of it comes before the transaction
        cursor.execute("begin")
        for name in tables:
            cursor.execute(f"delete from {name}")
            cursor.execute(
                f"copy into {name} from 's3://{BUCKET}/{FOLDER}/' files = ('{name}.parquet')"
                " file_format = (type = parquet) match_by_column_name = case_insensitive force = true"
            )
        cursor.execute("commit")
    for name in tables:
        client.delete_object(Bucket=BUCKET, Key=f"{FOLDER}/{name}.parquet")
    return sum(len(rows) for rows in tables.values())


def _connect(addresses: Mapping[str, str]) -> Any:
    warnings.filterwarnings("ignore", message="urllib3 .* doesn't match a supported version")  # its vendored requests
    import snowflake.connector

    names = ("account", "user", "password", "host", "port", "protocol", "database", "schema", "warehouse")
    place = {name: addresses[PREFIX + name.upper()] for name in names}
    return snowflake.connector.connect(**place, login_timeout=CONNECT_SECONDS)


def _stage(client: Any, name: str, rows: pa.Table) -> None:
    """Put the table on the stage, its columns spelled as Snowflake spells them."""
    file = io.BytesIO()
    pq.write_table(rows.rename_columns([column.upper() for column in rows.column_names]), file)
    file.seek(0)
    client.upload_fileobj(file, BUCKET, f"{FOLDER}/{name}.parquet")


def _define(cursor: Any, name: str, schema: pa.Schema) -> None:
    """The table with these columns: new ones are added, and a table with others is made anew. No keys: dirt would
    break them."""
    columns = {field.name.upper(): _type(field) for field in schema}
    cursor.execute(
        f"select column_name from information_schema.columns where table_schema = current_schema()"
        f" and table_name = '{name.upper()}'"
    )
    held = {row[0] for row in cursor.fetchall()}
    if not held or held - set(columns):
        listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        cursor.execute(f"create or replace table {name} ({listed})")
    else:
        for column in set(columns) - held:
            cursor.execute(f"alter table {name} add column {column} {columns[column]}")


def _type(field: pa.Field) -> str:
    if pa.types.is_decimal(field.type):
        return f"number({field.type.precision},{field.type.scale})"
    return {
        pa.string(): "varchar",
        pa.int64(): "number(38,0)",
        pa.date32(): "date",
        pa.bool_(): "boolean",
        pa.timestamp("us"): "timestamp_ntz",
    }[field.type]
