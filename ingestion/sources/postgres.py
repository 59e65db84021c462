"""PostgreSQL ──COPY, binary──▶ Arrow batches.

Keys: the tables' primary keys. Cursor: `updated_at`, which the application sets with every change; a transaction may
commit later than the moment it wrote, so a window reaches back an hour.
Deletes arrive as `deleted_at`, in users only. A row removed for good leaves no trace: `--reconcile-keys` finds it.
Types: as declared; numeric without a size, and enum, uuid, json, inet, array, interval and time arrive as text.
TLS: sslmode and sslrootcert, of the URL's query or of the settings; outside environment `local` at least `require`.
Alone: `lakehouse ingest postgres --dry-run`, `lakehouse ingest postgres --table users`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.protocols.config import resolve, spelling, unavailable
from ingestion.protocols.retry import CONNECT_SECONDS, retry_transient
from ingestion.protocols.sql.database_url import DatabaseSettings, DatabaseUrl, database_url
from ingestion.protocols.sql.dbapi import Errors, Session
from ingestion.protocols.sql.declared_types import NO_NUMBER
from ingestion.protocols.sql.windows import SqlReader
from ingestion.protocols.tls import refuse_plaintext
from ingestion.settings import Settings
from ingestion.source import Reader, Source
from ingestion.spec import Table
from ingestion.values.json_rows import parse_row

LATE_COMMITS = timedelta(hours=1)
ENCRYPTED = ("require", "verify-ca", "verify-full")
"""Values of sslmode that never fall back to plain text."""


def traceless(name: str, *key: str) -> Table:
    """A table whose rows are removed without a trace."""
    return Table(name, key=key, cursor="updated_at", lookback=LATE_COMMITS, deletes="sweep")


TABLES = (
    Table("users", key=("user_id",), cursor="updated_at", lookback=LATE_COMMITS, deletes="deleted_at"),
    traceless("subscriptions", "subscription_id"),
    traceless("product_inventory", "product_id", "warehouse_id"),
    traceless("user_sessions", "session_id"),
)


@dataclass(frozen=True)
class PostgresSettings(DatabaseSettings):
    """Section `sources.postgres`; the URL is postgresql://user:password@host:port/database?sslmode=…"""

    port: int = 5432
    sslmode: str = ""
    """libpq's: disable, allow, prefer (its default), require, verify-ca, verify-full"""
    sslrootcert: str = ""
    """PEM file of the authority that signed the server's certificate"""
    schema: str = "public"

    @cached_property
    def url(self) -> DatabaseUrl:
        """The parts of the URL, with TLS; raises SettingError."""
        url = database_url("postgres", self, "postgresql", 5432)
        given = {name: value for name in ("sslmode", "sslrootcert") if (value := getattr(self, name))}
        options = {"connect_timeout": str(CONNECT_SECONDS), **url.options, **given}
        if options.get("sslmode", "prefer") not in ENCRYPTED:
            if "sslmode" in options:
                place = spelling("postgres", "sslmode", "config")
                refuse_plaintext(place, repr(options["sslmode"]), f"one of {', '.join(ENCRYPTED)}")
            elif Settings.load().environment != "local":
                options["sslmode"] = "require"
        return replace(url, options=options)


@dataclass(frozen=True)
class Postgres(Session):
    """The driver: ADBC streams a COPY, about 16 MB at a time."""

    settings: PostgresSettings
    source = "postgres"
    now = "current_timestamp"

    @property
    def address(self) -> str:
        """host:port/database, without user and password."""
        return self.settings.url.address

    def batches(self, sql: str) -> Iterator[pa.Table]:
        """The answer as it streams in."""
        with self.asking() as cursor:
            cursor.execute(sql)
            with cursor.fetch_record_batch() as stream:
                for batch in stream:
                    columns = [_endless(column) for column in batch.columns]
                    yield pa.table(columns, names=batch.schema.names)

    def as_text(self, data_type: str, column: str) -> str:
        """As PostgreSQL prints it; only inet's cast to text prints otherwise (it adds /32)."""
        return f"nullif(format('%s', {column}), '')" if data_type == "inet" else f"{column}::text"

    def as_whole(self, column: str, scale: int) -> str | None:
        """COPY's binary numeric is spelled out digit by digit, at ten times the price of a bigint. NaN is above all."""
        return f"case when {column} > 1e18 then {NO_NUMBER} else ({column} * 1e{scale})::bigint end"

    def errors(self) -> tuple[Errors, Errors]:
        """ADBC's; some of its failures are plain OSErrors."""
        from adbc_driver_manager import Error, OperationalError

        return (OperationalError,), (Error, OSError)


def _endless(column: pa.Array) -> pa.Array:
    """Infinity as the largest value of its type, -infinity as the smallest. ADBC counts from 1970 instead of 2000: the
    one wraps, the other is shifted."""
    if pa.types.is_date32(column.type):
        raw, shifted, bits = column.view(pa.int32()), -(2**31) + 10_957, 32
    elif pa.types.is_timestamp(column.type):
        raw, shifted, bits = column.view(pa.int64()), -(2**63) + 946_684_800_000_000, 64
    else:
        return column
    for received, meant in ((shifted - 1, 2 ** (bits - 1) - 1), (shifted, -(2 ** (bits - 1)))):
        flags = pc.equal(raw, received)
        raw = pc.if_else(flags, pa.scalar(meant, raw.type), raw) if pc.any(flags).as_py() else raw
    return raw.view(column.type)


@contextmanager
def connect() -> Iterator[Reader]:
    """A session in UTC; raises SourceUnavailable."""
    from adbc_driver_manager import Error

    settings = resolve(PostgresSettings, "postgres")
    driver = Postgres(None, settings)
    try:
        opened: AbstractContextManager[Any] = closing(_open(str(settings.url)))
    except Error as error:
        raise unavailable("postgres", driver.address, error, settings) from None
    with opened as connection:
        driver = Postgres(connection, settings)
        driver.rows("select set_config('timezone', 'UTC', false)")
        yield SqlReader(driver)


def _may_pass(error: BaseException) -> bool:
    """A refused password stays refused; a server that starts, or a network that blinks, may recover."""
    return "starting up" in str(error) or "FATAL" not in str(error)


@retry_transient(_may_pass)
def _open(url: str) -> Any:
    from adbc_driver_postgresql import dbapi

    return dbapi.connect(url, autocommit=True)


SOURCE = Source("postgres", TABLES, connect, PostgresSettings, parse_row, reads_whole=True)
