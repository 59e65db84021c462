"""Snowflake ──Arrow result batches──▶ Arrow batches.

Keys: the tables' business keys; Snowflake enforces none, so the same key may come twice. Cursor: `updated_at`;
`posted_at` for the append-only financial_transactions. Transactions commit late: a window reaches back two hours.
Deletes arrive as `is_deleted`.
Types: as declared. NUMBER(p,0) up to 18 digits is an integer, TIMESTAMP_NTZ is UTC, instants land with microseconds
(rule `lost_precision`), VARIANT, OBJECT and ARRAY arrive as JSON text.
Signing in: a private key (PRIVATE_KEY_PATH), an OAuth token, or a password, in this order.
Alone: `lakehouse ingest snowflake --table orders`.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Lock
from typing import Any

import pyarrow as pa

from ingestion.protocols.config import Ways, resolve, secret, spelling, unavailable
from ingestion.protocols.retry import CONNECT_SECONDS
from ingestion.protocols.sql.dbapi import Errors, Session
from ingestion.protocols.sql.windows import SqlReader
from ingestion.protocols.tls import refuse_plaintext
from ingestion.settings import SettingError
from ingestion.source import Reader, Source
from ingestion.spec import Table
from ingestion.values.json_rows import parse_row

LATE_COMMITS = timedelta(hours=2)
_FIRST_ANSWERS, _HAS_LOGGERS = Lock(), Event()
FLAG = "flag:is_deleted"
JSON_TYPES = ("variant", "object", "array")

TABLES = (
    Table("customers", key=("customer_id",), cursor="updated_at", lookback=LATE_COMMITS, deletes=FLAG),
    Table("orders", key=("order_id",), cursor="updated_at", lookback=LATE_COMMITS, deletes=FLAG),
    Table(
        "order_items",
        key=("order_id", "line_number"),
        cursor="updated_at",
        lookback=LATE_COMMITS,
        columns={"line_number": "bigint", "quantity": "bigint"},
    ),
    Table("products", key=("product_id",), cursor="updated_at", lookback=LATE_COMMITS),
    Table("financial_transactions", key=("transaction_id",), cursor="posted_at", lookback=LATE_COMMITS),
)


@dataclass(frozen=True)
class SnowflakeSettings:
    """Section `sources.snowflake`. One of private_key_path, token and password is needed."""

    account: str
    user: str
    database: str
    schema: str = "PUBLIC"
    warehouse: str = ""
    role: str = ""
    private_key_path: str = ""
    private_key_passphrase: str = secret("")
    token: str = secret("")
    password: str = secret("")
    host: str = ""
    port: int = 443
    protocol: str = "https"

    def __post_init__(self) -> None:
        if self.protocol != "https":
            refuse_plaintext(spelling("snowflake", "protocol", "config"), repr(self.protocol), "https")

    @classmethod
    def ways(cls, _: Mapping[str, Any]) -> Ways:
        """Return the ways to sign in."""
        return ("private_key_path",), ("token",), ("password",)

    @property
    def credentials(self) -> dict[str, Any]:
        """Return the way to sign in, in the connector's words; raises SettingError."""
        if self.private_key_path:
            key = {
                "private_key_file": self.private_key_path,
                "private_key_file_pwd": self.private_key_passphrase or None,
            }
            return {"authenticator": "SNOWFLAKE_JWT", **key}
        if self.token:
            return {"authenticator": "oauth", "token": self.token}
        if self.password:
            return {"password": self.password}
        ways = ", ".join(spelling("snowflake", name) for [name] in self.ways({}))
        raise SettingError(f"snowflake can't be read: none of these is set: {ways}")


@dataclass(frozen=True)
class Snowflake(Session):
    """The driver: Snowflake's connector, which fetches Arrow."""

    settings: SnowflakeSettings
    source = "snowflake"
    now = "current_timestamp()"

    @property
    def address(self) -> str:
        """Host and port, or the account, and the database."""
        host = f"{self.settings.host}:{self.settings.port}" if self.settings.host else self.settings.account
        return f"{host}/{self.settings.database}"

    def batches(self, sql: str) -> Iterator[pa.Table]:
        """The answer in the server's chunks; nanoseconds would end in the year 2262, so microseconds."""
        with self.asking() as cursor:
            cursor.execute(sql)
            yield from cursor.fetch_arrow_batches(force_microsecond_precision=True)

    def as_text(self, data_type: str, column: str) -> str:
        """Semi-structured values as JSON; a time with its fraction, if it has one (see the session's format)."""
        if data_type == "time":
            return f"regexp_replace(to_varchar({column}), '[.]0+$', '')"
        return f"to_json({column})" if data_type in JSON_TYPES else f"to_varchar({column})"

    def digits(self, data_type: str, column: str) -> str:
        """The connector cuts an instant to microseconds, so its text comes too where that changes it."""
        if not data_type.startswith("timestamp_"):
            return ""
        is_zoned = data_type != "timestamp_ntz"
        utc, zone = (f"convert_timezone('UTC', {column})", " || 'Z'") if is_zoned else (column, "")
        text = f"to_varchar({utc}, 'YYYY-MM-DD HH24:MI:SS.FF9'){zone}"
        return f"case when {column} <> {column}::{data_type}(6) then {text} end"

    def errors(self) -> tuple[Errors, Errors]:
        """The connector's."""
        from snowflake.connector.errors import Error, OperationalError

        return (OperationalError,), (Error,)


@contextmanager
def connect() -> Iterator[Reader]:
    """A session in UTC; raises SourceUnavailable."""
    from snowflake.connector.errors import Error

    settings = resolve(SnowflakeSettings, "snowflake")
    try:
        opened = closing(_open(settings))
    except (Error, OSError) as error:
        raise unavailable("snowflake", Snowflake(None, settings).address, error, settings) from None
    with opened as connection:
        session = Snowflake(connection, settings)
        _make_loggers(session)
        yield SqlReader(session)


def _make_loggers(session: Snowflake) -> None:
    """Let one thread alone read this process' first answers.

    The connector's Arrow code makes its loggers at its first answer, once, and asks for the interpreter's lock within:
    two threads that do it at the same moment wait for each other for ever (connector 4.x, logging.cpp, std::call_once).
    """
    with _FIRST_ANSWERS:
        if not _HAS_LOGGERS.is_set():
            session.rows("select 1")
            list(session.batches("select 1"))
            _HAS_LOGGERS.set()


def pauses() -> Iterator[int]:
    """Seconds between the connector's tries. It would ask a dead server for ever; its network_timeout would end that,
    and long queries too."""
    from snowflake.connector.errors import OperationalError

    yield from (1, 1, 2, 4, 8)
    raise OperationalError("it stopped answering")


def _open(settings: SnowflakeSettings) -> Any:
    warnings.filterwarnings("ignore", message="urllib3 .* doesn't match a supported version")  # its vendored requests
    import snowflake.connector

    place = ("account", "user", "database", "schema", "warehouse", "role", "host", "port", "protocol")
    return snowflake.connector.connect(
        **{name: value for name in place if (value := getattr(settings, name))},
        **settings.credentials,
        login_timeout=CONNECT_SECONDS,
        backoff_policy=pauses,
        arrow_number_to_decimal=True,  # else a decimal becomes a float
        session_parameters={
            "TIMEZONE": "UTC",
            "TIME_OUTPUT_FORMAT": "HH24:MI:SS.FF9",  # Snowflake's own leaves the fraction out
            "QUERY_TAG": "lakehouse",
            "CLIENT_TELEMETRY_ENABLED": False,
        },
    )


SOURCE = Source("snowflake", TABLES, connect, SnowflakeSettings, parse_row, reads_whole=True)
