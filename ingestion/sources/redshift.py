"""Amazon Redshift ──server-side cursor, or UNLOAD to S3 for large windows──▶ Arrow batches.

Keys: event_id, the tracker's. Cursor: `event_ts`, when it happened: the table is append-only and has no other instant.
Phones that were offline bring events a day or two later, so a window reaches back three days.
Deletes: none.
Types: as declared; SUPER arrives as JSON text, time and geometry as text. Days and instants travel as text: the driver
would make 0001-01-01 and 9999-12-31 of those beyond the calendar, and shift days before 1582. Memory is bounded by
FETCH_ROWS; but the leader node holds a cursor's result, so a window of `unload_from` rows goes by UNLOAD, to where
`unload_to` says.
Alone: `lakehouse ingest redshift --dry-run`.
"""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import localcontext
from functools import cached_property
from typing import Any

import pyarrow as pa

from ingestion.protocols.config import resolve, spelling, unavailable
from ingestion.protocols.redshift_unload import unload
from ingestion.protocols.retry import CONNECT_SECONDS, retry_transient
from ingestion.protocols.sql.database_url import DatabaseSettings, DatabaseUrl, database_url
from ingestion.protocols.sql.dbapi import Errors, Session
from ingestion.protocols.sql.windows import SqlReader
from ingestion.protocols.tls import refuse_plaintext
from ingestion.source import Reader, Source
from ingestion.spec import Table
from ingestion.values.decimals import DIGITS
from ingestion.values.json_rows import parse_row

FETCH_ROWS = 20_000
LATE_EVENTS = timedelta(days=3)

TABLES = (Table("customer_events", key=("event_id",), cursor="event_ts", lookback=LATE_EVENTS),)


@dataclass(frozen=True)
class RedshiftSettings(DatabaseSettings):
    """Section `sources.redshift`; the URL is redshift://user:password@host:5439/database."""

    port: int = 5439
    schema: str = "public"
    ssl: bool = True
    unload_to: str = ""
    """s3://bucket/prefix for UNLOAD; where it is not set, every window is read through a cursor"""
    unload_role: str = "default"
    """the ARN of the role under which the cluster writes there"""
    unload_from: int = 1_000_000
    """rows of a window from which it is unloaded"""

    @cached_property
    def url(self) -> DatabaseUrl:
        """The parts of the URL; raises SettingError, outside environment `local` also without TLS."""
        if not self.ssl:
            refuse_plaintext(spelling("redshift", "ssl", "config"), "false", "true")
        return database_url("redshift", self, "redshift", 5439)


@dataclass(frozen=True)
class Redshift(Session):
    """The driver: Amazon's, which has no streaming of its own, hence the cursor."""

    settings: RedshiftSettings
    source = "redshift"
    now = "getdate()"
    prints_instants = True

    @property
    def address(self) -> str:
        """host:port/database, without user and password."""
        return self.settings.url.address

    def batches(self, sql: str) -> Iterator[pa.Table]:
        """The answer, through S3 where it is large, else FETCH_ROWS rows at a time."""
        if self.settings.unload_to and self._count(sql) >= self.settings.unload_from:
            return unload(self._execute, sql, self.settings.unload_to, self.settings.unload_role)
        return self._fetched(sql)

    def _count(self, sql: str) -> int:
        return int(self.rows(f"select count(*) from ({sql}) as answer")[0][0])  # noqa: S608

    def _execute(self, sql: str) -> None:
        with self.asking() as cursor:
            cursor.execute(sql)

    def _fetched(self, sql: str) -> Iterator[pa.Table]:
        with self.asking() as cursor:
            cursor.execute(f"declare lakehouse_window cursor for {sql}")
            while True:
                with localcontext(prec=DIGITS):  # the driver rounds decimals to the context's 28 digits
                    cursor.execute(f"fetch forward {FETCH_ROWS} from lakehouse_window")
                    rows = cursor.fetchall()
                if not rows:
                    return
                yield pa.table([pa.array(column) for column in zip(*rows, strict=True)], names=_names(cursor))

    def as_text(self, data_type: str, column: str) -> str:
        """SUPER holds JSON; the rest has a text of its own."""
        return f"json_serialize({column})" if data_type == "super" else f"{column}::varchar"

    @contextmanager
    def asking(self) -> Iterator[Any]:
        """A new transaction for each question; it ends the cursor of the one before."""
        with super().asking() as cursor:
            self.connection.rollback()
            yield cursor

    def errors(self) -> tuple[Errors, Errors]:
        """Amazon's; a lost connection may be a plain OSError."""
        from redshift_connector.error import Error, InterfaceError, OperationalError

        return (InterfaceError, OperationalError, OSError), (Error,)

    def said(self, error: BaseException) -> BaseException:
        """The server's message out of the driver's dictionary of an error's parts."""
        parts = error.args[0] if error.args else None
        return RuntimeError(parts["M"]) if isinstance(parts, dict) and "M" in parts else error


def _names(cursor: Any) -> list[str]:
    return [str(column[0]) for column in cursor.description]


@contextmanager
def connect() -> Iterator[Reader]:
    """A session in UTC; raises SourceUnavailable."""
    from redshift_connector.error import Error

    settings = resolve(RedshiftSettings, "redshift")
    try:
        opened = closing(_open(settings))
    except (Error, OSError) as error:
        driver = Redshift(None, settings)
        raise unavailable("redshift", driver.address, driver.said(error), settings) from None
    with opened as connection:
        yield SqlReader(Redshift(connection, settings))


@retry_transient(lambda error: isinstance(error, OSError))
def _open(settings: RedshiftSettings) -> Any:
    import redshift_connector

    url = settings.url
    server = (url.host.strip("[]"), url.port)
    # the driver's own timeout would also end long statements, so see first whether somebody listens
    socket.create_connection(server, timeout=CONNECT_SECONDS).close()
    connection = redshift_connector.connect(
        host=server[0],
        port=server[1],
        database=url.database,
        user=url.user,
        password=url.password,
        ssl=settings.ssl,
    )
    with connection.cursor() as cursor:
        cursor.execute("set timezone to 'UTC'")
        cursor.execute("set datestyle to 'ISO'")
    connection.commit()
    return connection


SOURCE = Source("redshift", TABLES, connect, RedshiftSettings, parse_row, reads_whole=True)
