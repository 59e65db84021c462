"""PostgreSQL ──COPY, binary──▶ Arrow batches.

Keys: the tables' primary keys. Cursor: `updated_at`, which the application sets with every change; a transaction may
commit later than the moment it wrote, so a window reaches back an hour.
Deletes arrive as `deleted_at`, in users only. A row removed for good leaves no trace: `--reconcile-keys` finds it.
Types: as declared; numeric without a size, and enum, uuid, json, inet, array, interval and time arrive as text.
TLS is the URL's: add `?sslmode=verify-full&sslrootcert=…` in production.
Alone: `lakehouse ingest postgres --dry-run`, `lakehouse ingest postgres --table users`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from ingestion.kept import parse_row
from ingestion.patience import CONNECT_SECONDS, patient
from ingestion.source_settings import resolve, secret, unavailable
from ingestion.spec import Reader, Source, Table
from ingestion.sql import SqlReader
from ingestion.sql_session import Errors, Session
from ingestion.sql_types import NO_NUMBER

LATE_COMMITS = timedelta(hours=1)


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
class PostgresSettings:
    """Section `sources.postgres`."""

    credentials: str = secret()
    """postgresql://user:password@host:port/database?sslmode=…"""
    schema: str = "public"


@dataclass(frozen=True)
class Postgres(Session):
    """The driver: ADBC streams a COPY, about 16 MB at a time."""

    settings: PostgresSettings
    source = "postgres"
    now = "current_timestamp"

    @property
    def address(self) -> str:
        """host:port/database, without user and password."""
        url = urlsplit(self.settings.credentials)
        return f"{url.hostname}:{url.port or 5432}{url.path}"

    def batches(self, sql: str) -> Iterator[pa.Table]:
        """The answer as it streams in."""
        with self.asking() as cursor:
            cursor.execute(sql)
            with cursor.fetch_record_batch() as stream:
                for batch in stream:
                    yield pa.Table.from_batches([batch])

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


@contextmanager
def connect() -> Iterator[Reader]:
    """A session in UTC; raises SourceUnavailable."""
    from adbc_driver_manager import Error

    settings = resolve(PostgresSettings, "postgres")
    driver = Postgres(None, settings)
    try:
        opened: AbstractContextManager[Any] = closing(_open(settings.credentials))
    except Error as error:
        raise unavailable("postgres", driver.address, error, settings) from None
    with opened as connection:
        driver = Postgres(connection, settings)
        driver.rows("select set_config('timezone', 'UTC', false)")
        yield SqlReader(driver)


def _may_pass(error: BaseException) -> bool:
    """A refused password stays refused; a server that starts, or a network that blinks, may recover."""
    return "starting up" in str(error) or "FATAL" not in str(error)


@patient(_may_pass)
def _open(credentials: str) -> Any:
    from adbc_driver_postgresql import dbapi

    more = "&" if "?" in credentials else "?"
    limit = "" if "connect_timeout" in credentials else f"{more}connect_timeout={CONNECT_SECONDS}"
    return dbapi.connect(credentials + limit, autocommit=True)


SOURCE = Source("postgres", TABLES, connect, PostgresSettings, parse_row, reads_whole=True)
