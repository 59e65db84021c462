"""PostgreSQL, both databases: one transaction that truncates and copies every table."""

import io
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv

ADDRESS = "SOURCES__POSTGRES__CREDENTIALS"
BATCH_ROWS = 100_000
WAITING = "-c lock_timeout=60s"
"""For somebody who reads the tables right now."""
COLUMN_TYPES = {"ip_address": "inet"}
"""What Arrow has no type for."""
_CSV = csv.WriteOptions(include_header=False, quoting_style="all_valid")


def fill(addresses: Mapping[str, str], database: str, tables: Mapping[str, pa.Table]) -> int:
    """Replace these tables in one transaction; returns their rows. Raises psycopg.Error."""
    url = urlunsplit(urlsplit(addresses[ADDRESS])._replace(path=f"/{database}"))
    with psycopg.connect(url, connect_timeout=10, options=WAITING) as connection, connection.cursor() as cursor:
        for name, rows in tables.items():
            _define(cursor, name, rows.schema)
            cursor.execute(sql.SQL("truncate {}").format(sql.Identifier(name)))
            _copy(cursor, name, rows)
        return sum(len(rows) for rows in tables.values())


def _define(cursor: psycopg.Cursor, name: str, schema: pa.Schema) -> None:
    """The table with these columns: new ones are added, and a table with others is made anew. No keys: dirt would
    break them."""
    table = sql.Identifier(name)
    columns = {one.name: sql.SQL("{} {}").format(sql.Identifier(one.name), sql.SQL(_type(one))) for one in schema}
    cursor.execute("select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0", [name])
    held = {str(row[0]) for row in cursor.fetchall()}
    if held - set(columns):
        cursor.execute(sql.SQL("drop table {}").format(table))
    if not held or held - set(columns):
        cursor.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(columns.values())))
        return
    for column in set(columns) - held:
        cursor.execute(sql.SQL("alter table {} add column {}").format(table, columns[column]))


def _type(field: pa.Field) -> str:
    if field.name in COLUMN_TYPES:
        return COLUMN_TYPES[field.name]
    if pa.types.is_decimal(field.type):
        return f"numeric({field.type.precision},{field.type.scale})"
    if pa.types.is_timestamp(field.type):
        return "timestamptz" if field.type.tz else "timestamp"
    return {pa.string(): "text", pa.int64(): "bigint", pa.date32(): "date", pa.bool_(): "boolean"}[field.type]


def _copy(cursor: psycopg.Cursor, name: str, rows: pa.Table) -> None:
    """COPY as csv: a null is an empty field, an empty text a quoted one."""
    columns = sql.SQL(", ").join(sql.Identifier(column) for column in rows.column_names)
    with cursor.copy(sql.SQL("copy {} ({}) from stdin (format csv)").format(sql.Identifier(name), columns)) as copy:
        for batch in rows.to_batches(max_chunksize=BATCH_ROWS):
            text = io.BytesIO()
            csv.write_csv(batch, text, _CSV)
            copy.write(text.getbuffer())
