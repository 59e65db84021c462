"""A database's address and login: out of one URL, or out of parts (host, user, password …).

A URL that isn't one exactly is refused before a driver sees it: drivers cut it elsewhere, and name the pieces.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from ingestion.protocols.config import Ways, secret, spelling
from ingestion.settings import SettingError

PARTS = ("host", "database", "user")
"""Settings that are needed without a URL."""
_URL = re.compile(
    r"(?P<scheme>[a-z0-9+]+)://"
    r"(?:(?P<user>(?:[^:@/?#\[\]\s%]|%[0-9A-Fa-f]{2})*)(?::(?P<password>(?:[^:@/?#\[\]\s%]|%[0-9A-Fa-f]{2})*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:@/?#\[\]\s,]*)(?::(?P<port>\d{1,5}))?"
    r"(?:/(?P<database>[^?#\s@]*))?(?:\?(?P<query>[^#\s]*))?"
)


@dataclass(frozen=True)
class DatabaseSettings:
    """The settings that every database has: `credentials`, or its parts."""

    credentials: str = secret("")
    """A URL, scheme://user:password@host:port/database; or host, database, user and password by themselves"""
    host: str = ""
    port: int = 0
    database: str = ""
    user: str = ""
    password: str = secret("")

    @classmethod
    def ways(cls, _: Mapping[str, Any]) -> Ways:
        """Return the settings of which one set is needed."""
        return ("credentials",), PARTS


@dataclass(frozen=True)
class DatabaseUrl:
    """The parts, decoded."""

    scheme: str
    user: str
    password: str
    host: str
    port: int
    database: str
    options: dict[str, str]

    @property
    def address(self) -> str:
        """host:port/database, without user and password."""
        return f"{self.host}:{self.port}/{self.database}"

    def __str__(self) -> str:
        """The URL, password included, as a driver takes it."""
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if self.user or self.password else ""
        query = f"?{urlencode(self.options, quote_via=quote)}" if self.options else ""
        return f"{self.scheme}://{login}{self.host}:{self.port}/{quote(self.database, safe='')}{query}"


def database_url(source: str, settings: DatabaseSettings, scheme: str, port: int) -> DatabaseUrl:
    """The URL of a source's settings: of `credentials`, else of host, port, database, user and password.

    Raises SettingError, which never shows a value.
    """
    if settings.credentials:
        return parse(source, settings.credentials, scheme, port)
    missing = [name for name in PARTS if not getattr(settings, name)]
    if missing:
        places = ", ".join(spelling(source, name) for name in missing)
        raise SettingError(
            f"{source} can't be read: neither {spelling(source, 'credentials')} is set nor {places}; set the URL, or "
            "host, port, database, user and password"
        )
    parts = (settings.user, settings.password, settings.host, settings.port or port, settings.database)
    return DatabaseUrl(scheme, *parts, {})


def parse(source: str, text: str, scheme: str, port: int) -> DatabaseUrl:
    """A URL's parts; raises SettingError for what isn't exactly one."""
    found = _URL.fullmatch(text)
    known = {scheme, "postgres"} if scheme == "postgresql" else {scheme}
    if not found or found["scheme"] not in known or not 0 < int(found["port"] or port) < 65_536:
        raise SettingError(
            f"{spelling(source, 'credentials')} is not a URL like {scheme}://user:password@host:{port}/database. In a "
            "URL, special characters are percent-encoded (@ is %40, / is %2F, % is %25); or set host, port, database, "
            "user and password instead"
        )
    return DatabaseUrl(
        scheme,
        unquote(found["user"] or ""),
        unquote(found["password"] or ""),
        found["host"],
        int(found["port"] or port),
        unquote(found["database"] or ""),
        dict(parse_qsl(found["query"] or "", keep_blank_values=True)),
    )
