"""Snowflake: tables as Parquet on the stage, copied beside the old ones, which one statement each then replaces.

Not one transaction over all: it would lock the rows for as long as the session of a killed filling is remembered.
"""

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
SCRATCH = "__unfinished"


def fill(addresses: Mapping[str, str], tables: Mapping[str, pa.Table]) -> int:
    """Replace these tables; returns their rows. Raises the connector's and botocore's errors."""
    client = s3(addresses)
    with closing(_connect(addresses)) as connection, connection.cursor() as cursor:
        for name, rows in tables.items():
            _stage(client, name, rows)
            cursor.execute(f"create or replace table {name}{SCRATCH} ({_columns(rows.schema)})")
            cursor.execute(
                f"copy into {name}{SCRATCH} from 's3://{BUCKET}/{FOLDER}/' files = ('{name}.parquet')"
                " file_format = (type = parquet) match_by_column_name = case_insensitive force = true"
            )
            client.delete_object(Bucket=BUCKET, Key=f"{FOLDER}/{name}.parquet")
        for name in tables:
            cursor.execute(f"create or replace table {name} as select * from {name}{SCRATCH}")
            cursor.execute(f"drop table {name}{SCRATCH}")
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


def _columns(schema: pa.Schema) -> str:
    """No keys: dirt would break them."""
    return ", ".join(f"{field.name} {_type(field)}" for field in schema)


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
