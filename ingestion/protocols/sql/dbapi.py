"""The common part of drivers with a DB-API connection."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ingestion.protocols.config import reason, unavailable
from ingestion.spec import SourceError

Errors = tuple[type[BaseException], ...]


@dataclass(frozen=True)
class Session(ABC):
    """The half of a `Driver` (ingestion/protocols/sql/windows.py) that asks; the other half says how its server
    speaks."""

    connection: Any
    settings: Any
    prints_instants = False

    @property
    @abstractmethod
    def source(self) -> str:
        """The source's name."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Host, port and database, without user and password."""

    @property
    def schema(self) -> str:
        """The schema of the tables."""
        return str(self.settings.schema)

    def as_whole(self, column: str, scale: int) -> str | None:
        """Decimals as they are."""
        return None

    def digits(self, data_type: str, column: str) -> str:
        """No instant is finer than microseconds."""
        return ""

    @abstractmethod
    def errors(self) -> tuple[Errors, Errors]:
        """The driver's exceptions: the server is away, anything else. Drivers are slow to import, hence late."""

    def said(self, error: BaseException) -> BaseException:
        """The server's message, where the driver wraps it."""
        return error

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A small answer."""
        with self.asking() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    @contextmanager
    def asking(self) -> Iterator[Any]:
        """A cursor; raises SourceUnavailable, SourceError."""
        away, others = self.errors()
        try:
            with self.connection.cursor() as cursor:
                yield cursor
        except away as error:
            raise unavailable(self.source, self.address, self.said(error), self.settings) from None
        except (*others, pa.ArrowException) as error:
            message = reason(self.said(error), self.settings)
            raise SourceError(f"{self.source} at {self.address}: {message}") from None
