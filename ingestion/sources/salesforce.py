"""Salesforce ──REST queryAll, or Bulk API 2.0 for large windows──▶ Arrow batches.

Keys: Id. Cursor: SystemModstamp, which every change moves, the system's too. It has whole seconds, so a window's bounds
are rounded up to one and never split it; transactions commit late, so a window reaches back an hour.
Deletes arrive as IsDeleted, which queryAll returns while a record is in the recycle bin; one purged from there is not
seen yet (getDeleted would tell, for about 15 days).
Fields are those that describe lists, compound ones left out (their parts come), so a new field arrives by itself.
Types: as declared in `columns`, else as described; a number that is not declared is text, with all its digits.
Alone: `lakehouse ingest salesforce --table Account`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ingestion.casting import arrow_type, text_table
from ingestion.exact import cast
from ingestion.kept import parse_row
from ingestion.salesforce_api import Page, Salesforce, SalesforceSettings, salesforce
from ingestion.spec import Reader, Rejected, Slice, Source, SourceError, Table
from ingestion.sql import instant, micros

LATE_COMMITS = timedelta(hours=1)
COMPOUND = ("address", "location", "base64")
DESCRIBED = {"boolean": "boolean", "int": "bigint", "date": "date", "datetime": "timestamp"}
NUMBERS = ("double", "currency", "percent")
MONEY = "decimal(18,2)"
SECOND = 1_000_000


def standard(name: str, **columns: str) -> Table:
    """An object; every one has Id, SystemModstamp and, mostly, IsDeleted."""
    deletes = "flag:IsDeleted"
    return Table(name, ("Id",), "SystemModstamp", lookback=LATE_COMMITS, deletes=deletes, columns=columns)


TABLES = (
    standard("Account", AnnualRevenue=MONEY, NumberOfEmployees="bigint"),
    standard("Contact"),
    standard("Opportunity", Amount=MONEY, Probability="decimal(5,2)"),
)


class SalesforceReader:
    """Reads windows of objects."""

    def __init__(self, org: Salesforce, bulk_from: int) -> None:
        self._org = org
        self._bulk_from = bulk_from

    def slices(self, table: Table, now_us: int) -> Sequence[Slice]:
        """One window up to the newest change of the seconds that are over."""
        cursor = table.cursor
        past = f"{cursor} < {literal(now_us - now_us % SECOND)}"
        records = self._org.query(f"select {cursor} from {table.name} where {past} order by {cursor} desc limit 1")  # noqa: S608
        newest = [micros(datetime.fromisoformat(record[cursor])) for record in records["records"]]
        return [Slice(unit="", low=None, high=one + 1) for one in newest]

    def count(self, table: Table, part: Slice) -> int | None:
        """Records in the window, deleted ones included."""
        return int(self._org.query(f"select count() from {table.name} where {window(table, part)}")["totalSize"])  # noqa: S608

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        """The windows' records; REST brings the oldest change first."""
        fields = self._fields(table)
        types = {
            name: arrow_type(table.columns.get(name, DESCRIBED.get(kind, "string"))) for name, kind in fields.items()
        }
        exact = [name for name, kind in fields.items() if kind in NUMBERS and name not in table.columns]
        for part in parts:
            for page in self._pages(table, part, list(fields)):
                records = text_table(_plain(page, exact), fields)
                rows, rejected = cast(records, types, lambda _: f"salesforce.{table.name}")
                yield from rejected
                yield rows

    def _pages(self, table: Table, part: Slice, fields: list[str]) -> Iterator[Page]:
        soql = f"select {', '.join(fields)} from {table.name} where {window(table, part)}"  # noqa: S608
        if (self.count(table, part) or 0) >= self._bulk_from:
            return self._org.bulk(soql)
        return self._org.pages(f"{soql} order by {table.cursor}, Id")

    def _fields(self, table: Table) -> dict[str, str]:
        fields = {name: kind for name, kind in self._org.fields(table.name).items() if kind not in COMPOUND}
        if missing := sorted({str(table.cursor), *table.key} - set(fields)):
            raise SourceError(f"salesforce.{table.name} has no field {', '.join(missing)}, or we may not see it")
        return {name: kind for name, kind in fields.items() if name not in table.exclude}


def window(table: Table, part: Slice) -> str:
    """The condition of a window."""
    low = "" if part.low is None else f"{table.cursor} >= {literal(part.low)} and "
    return f"{low}{table.cursor} < {literal(part.high)}"


def literal(us: int) -> str:
    """The first whole second that is not before this instant, as SOQL writes it."""
    return instant(us + -us % SECOND).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _plain(page: Page, numbers: list[str]) -> Page:
    """The two APIs write the same number in different ways (1000.0, 1000): make it one."""
    return [{**record, **{name: _number(record[name]) for name in numbers}} for record in page] if numbers else page


def _number(value: Any) -> str | None:
    return None if value is None else f"{Decimal(value).normalize():f}"


@contextmanager
def connect() -> Iterator[Reader]:
    """The org, signed in; raises SourceUnavailable."""
    with salesforce() as (org, settings):
        yield SalesforceReader(org, settings.bulk_from)


SOURCE = Source("salesforce", TABLES, connect, SalesforceSettings, parse_row)
