"""Salesforce ──REST queryAll, or Bulk API 2.0 for large windows──▶ Arrow batches.

Keys: Id. Cursor: SystemModstamp, which every change moves, the system's too. It has whole seconds, so a window's bounds
are rounded up to one and never split it; transactions commit late, so a window reaches back an hour.
Deletes arrive as IsDeleted, which queryAll returns while a record is in the recycle bin. One purged from there is told
by getDeleted, for about 15 days: after a longer gap only `--reconcile-keys` finds it. Its watermark moves once a day.
Fields are those that describe lists, compound ones left out (their parts come), so a new field arrives by itself.
Types: as declared in `columns`, else as described; a number that is not declared is text, with all its digits.
Alone: `lakehouse ingest salesforce --table Account`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ingestion.clock import Clock
from ingestion.instants import from_us, to_us
from ingestion.protocols.salesforce import Page, Salesforce, SalesforceSettings, salesforce
from ingestion.source import Reader, Source
from ingestion.spec import DELETIONS, NO_WINDOW, DeletedKeys, Rejected, Slice, SourceError, SourceUnavailable, Table
from ingestion.spec_columns import check_field
from ingestion.values.cast import cast
from ingestion.values.json_rows import parse_row
from ingestion.values.json_values import text_table
from ingestion.values.types import arrow_type
from ingestion.values.window_end import ending

LATE_COMMITS = timedelta(hours=1)
COMPOUND = ("address", "location", "base64")
DESCRIBED = {"boolean": "boolean", "int": "bigint", "date": "date", "datetime": "timestamp"}
NUMBERS = ("double", "currency", "percent")
MONEY = "decimal(18,2)"
SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
NAMED = 200
"""The number of ids that one query may name: its address must stay short."""
NEWEST = 200
"""Cursors that one query brings to find the largest one of the past: younger ones may stand before it."""
UNTOLD = ("INVALID_REPLICATION_DATE", "EXCEEDED_ID_LIMIT")


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

    def slices(self, table: Table, clock: Clock) -> Sequence[Slice]:
        """One window up to the newest change of the seconds that are over."""
        newest = self._newest(table)
        moment = clock.moment(table, self._org.told_us)
        over_us = moment.end_us - moment.end_us % SECOND
        ahead = sum(us >= moment.beyond_us for us in newest)
        if len(newest) == NEWEST and newest[-1] >= over_us:
            newest = self._newest(table, f"where {table.cursor} < {literal(over_us)}")
        past = [us for us in newest if us < over_us]
        highs = [ending(from_us(past[0]), past.count(past[0]), moment)] if past else []
        highs = highs or ([Slice("", None, NO_WINDOW)] if ahead else [])
        windows = [replace(high, beyond=moment.beyond_us, ahead=ahead) for high in highs]
        return windows if table.deletes == "none" else [*windows, self._deletions(table, moment.end_us)]

    def _newest(self, table: Table, where: str = "") -> list[int]:
        """The largest cursors, microseconds, the largest first."""
        cursor = table.cursor
        soql = f"select {cursor} from {table.name} {where} order by {cursor} desc limit {NEWEST}"  # noqa: S608
        return [to_us(datetime.fromisoformat(record[cursor])) for record in self._org.query(soql)["records"]]

    def count(self, table: Table, part: Slice) -> int | None:
        """Records in the window, deleted ones included; of deletions those purged."""
        if part.partition_id == DELETIONS:
            return sum(len(gone.keys) for gone in self._purged(table, part))
        return int(self._org.query(f"select count() from {table.name} where {window(table, part)}")["totalSize"])  # noqa: S608

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected | DeletedKeys]:
        """The windows' records, REST's with the oldest change first, and the ids of those purged."""
        fields = self._fields(table)
        types = {
            name: arrow_type(table.columns.get(name, DESCRIBED.get(kind, "string"))) for name, kind in fields.items()
        }
        exact = [name for name, kind in fields.items() if kind in NUMBERS and name not in table.columns]
        for part in parts:
            if part.partition_id == DELETIONS:
                yield from self._purged(table, part)
                continue
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

    def keys(self, table: Table) -> Iterator[pa.Table]:
        """The ids of all records, those in the recycle bin included."""
        [key] = table.key
        soql = f"select {key} from {table.name}"  # noqa: S608
        many = int(self._org.query(f"select count() from {table.name}")["totalSize"]) >= self._bulk_from  # noqa: S608
        for page in self._org.bulk(soql) if many else self._org.pages(soql):
            yield text_table(page, [key])

    def _deletions(self, table: Table, now_us: int) -> Slice:
        """Up to the newest deletion of today; without one, up to the day's begin, so that a day has one commit."""
        today = now_us - now_us % DAY
        told = self._org.deleted(table.name, literal(today - HOUR), literal(now_us))["deletedRecords"]
        return Slice(DELETIONS, None, max([today, *(_deleted_at(record) + 1 for record in told)]))

    def _purged(self, table: Table, part: Slice) -> Iterator[DeletedKeys]:
        """Return what getDeleted reports and queryAll doesn't know any more."""
        if part.low is None:
            return
        for few in _chunks(self._told(table, part.low, part.high)):
            ids = ", ".join(f"'{record['id']}'" for record in few)
            found = self._org.pages(f"select Id from {table.name} where Id in ({ids})")  # noqa: S608
            kept = {record["Id"] for page in found for record in page}
            gone = {record["id"]: _deleted_at(record) for record in few if record["id"] not in kept}
            if gone:
                keys = {table.key[0]: pa.array(gone, pa.string()), "_at": pa.array(gone.values(), pa.int64())}
                yield DeletedKeys(pa.table(keys))

    def _told(self, table: Table, low: int, high: int) -> list[Any]:
        start, end = literal(low - low % MINUTE), literal(high + -high % MINUTE)  # seconds are ignored
        try:
            answer = self._org.deleted(table.name, start, end)
        except SourceUnavailable:
            raise
        except SourceError as error:
            if not any(code in str(error) for code in UNTOLD):
                raise
            raise _forgotten(table, start) from error
        if to_us(datetime.fromisoformat(answer["earliestDateAvailable"])) > low:
            raise _forgotten(table, start)
        return list(answer["deletedRecords"])

    def _fields(self, table: Table) -> dict[str, str]:
        described = self._org.fields(table.name)
        fields = {name: kind for name, kind in described.items() if kind not in COMPOUND}
        if missing := sorted({str(table.cursor), *table.key} - set(fields)):
            raise SourceError(f"salesforce.{table.name} has no field {', '.join(missing)}, or we may not see it")
        check_field("exclude", table.exclude, list(described), f"salesforce.{table.name}")
        return {name: kind for name, kind in fields.items() if name not in table.exclude}


def _forgotten(table: Table, since: str) -> SourceError:
    return SourceError(
        f"salesforce.{table.name}: which records were purged since {since} is told no longer (Salesforce keeps about "
        f"15 days); compare all keys: lakehouse ingest salesforce --table {table.name} --reconcile-keys"
    )


def _deleted_at(record: Any) -> int:
    return to_us(datetime.fromisoformat(record["deletedDate"]))


def _chunks(records: list[Any]) -> Iterator[list[Any]]:
    """As many as one query can name."""
    for start in range(0, len(records), NAMED):
        yield records[start : start + NAMED]


def window(table: Table, part: Slice) -> str:
    """The condition of a window, with the records beyond the clock."""
    low = "" if part.low is None else f"{table.cursor} >= {literal(part.low)} and "
    inside = [] if part.is_empty else [f"({low}{table.cursor} < {literal(part.high)})"]
    return " or ".join([*inside, *([f"{table.cursor} >= {literal(part.beyond)}"] if part.beyond is not None else [])])


def literal(us: int) -> str:
    """The first whole second that is not before this instant, as SOQL writes it."""
    return from_us(us + -us % SECOND).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


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
