"""Each source against its emulator: exact windows, exact values, errors that say where and why."""

import gzip
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redshift_connector
import s3fs
import snowflake.connector

from ingestion.bronze.slices.plan import WHOLE
from ingestion.clock import Clock
from ingestion.instants import length_us, to_us
from ingestion.protocols.config import resolve
from ingestion.protocols.redshift_unload import unload
from ingestion.protocols.salesforce import SalesforceSettings, Session, salesforce
from ingestion.protocols.sql.windows import SqlReader
from ingestion.settings import SettingError, Settings
from ingestion.source import ListsKeys, Reader
from ingestion.sources import load_sources
from ingestion.spec import DELETIONS, NO_WINDOW, DeletedKeys, Rejected, Slice, SourceError, SourceUnavailable, Table
from tests.unit.bronze.memory import Lake

SOURCES = load_sources()
FIRST = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
US = timedelta(microseconds=1)
LATER = to_us(FIRST) + 10**12
LAG = length_us(Table("any", ()).lag)
PROBE = Table("probe", key=("id",), cursor="moment")
COLUMNS = "id varchar(100), amount decimal(30,10), whole bigint, flag boolean, day date, moment timestamp"
AMOUNT = Decimal("-12345678901234567890.1234567891")
ODD_TEXT = "é😀 '\"\\ \t\n%s $1"
ROWS = (
    (ODD_TEXT, AMOUNT, 2**63 - 1, True, date(9999, 12, 31), FIRST),
    ("second", None, None, None, None, FIRST + US),
    ("third", Decimal("0.1"), -1, False, date(202, 1, 1), FIRST + 2 * US),
    ("timeless", None, None, None, None, None),
)


def until(us: int) -> Clock:
    """A clock by which a window ends there at the latest."""
    return Clock("any", us + LAG)


def written(value: object) -> str:
    """A SQL literal; for Redshift and Snowflake a backslash is doubled when it is run."""
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return f"'{value:%Y-%m-%d %H:%M:%S.%f}'"
    if isinstance(value, str | date):
        return "'" + str(value).replace("'", "''") + "'"
    return str(value)


def run_postgres(statements: Sequence[str]) -> None:
    with psycopg.connect(os.environ["SOURCES__POSTGRES__CREDENTIALS"]) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def run_redshift(statements: Sequence[str]) -> None:
    url = urlsplit(os.environ["SOURCES__REDSHIFT__CREDENTIALS"])
    place = {"host": url.hostname, "port": url.port, "database": url.path[1:]}
    with redshift_connector.connect(**place, user=url.username, password=url.password, ssl=False) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement.replace("\\", "\\\\"))


def run_snowflake(statements: Sequence[str]) -> None:
    names = ("account", "user", "password", "host", "port", "protocol", "database", "schema")
    place: dict[str, Any] = {name: os.environ[f"SOURCES__SNOWFLAKE__{name.upper()}"] for name in names}
    with snowflake.connector.connect(**place) as connection:
        for statement in statements:
            connection.cursor().execute(statement.replace("\\", "\\\\"))


RUN: dict[str, Callable[[Sequence[str]], None]] = {
    "postgres": run_postgres,
    "redshift": run_redshift,
    "snowflake": run_snowflake,
}


@dataclass
class Probe:
    """A table of a SQL source with the rows above, and a connection."""

    reader: Reader
    run: Callable[[Sequence[str]], None]

    def rows(self, low: int | None, high: int) -> list[dict[str, Any]]:
        return rows_of(self.reader.read(PROBE, [Slice("", low, high)]))


def rows_of(parts: Iterator[pa.Table | Rejected | DeletedKeys]) -> list[dict[str, Any]]:
    """Rows with lower-case names, as Snowflake's are in capitals."""
    tables = [part for part in parts if isinstance(part, pa.Table)]
    return [{name.lower(): value for name, value in row.items()} for table in tables for row in table.to_pylist()]


@pytest.fixture(params=["postgres", "redshift", "snowflake"])
def probe(request: pytest.FixtureRequest, services: Settings) -> Iterator[Probe]:
    run = RUN[request.param]
    values = [f"insert into probe values ({', '.join(map(written, row))})" for row in ROWS]
    run(["drop table if exists probe", f"create table probe ({COLUMNS})", *values])
    with SOURCES[request.param].connect() as reader:
        yield Probe(reader, run)
    run(["drop table probe"])


def test_values_arrive_exactly(probe: Probe) -> None:
    (batch,) = [part for part in probe.reader.read(PROBE, [Slice("", None, LATER)]) if isinstance(part, pa.Table)]
    assert [str(field.type) for field in batch.schema] == [
        "string",
        "decimal128(30, 10)",
        "int64" if batch.schema.names[0] == "id" else "decimal128(38, 0)",
        "bool",
        "date32[day]",
        "timestamp[us, tz=UTC]",
    ]
    assert sorted((tuple(row.values()) for row in batch.to_pylist()), key=str) == sorted(ROWS, key=str)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (None, FIRST, []),
        (None, FIRST + US, [ODD_TEXT]),
        (FIRST, FIRST + US, [ODD_TEXT]),
        (FIRST + US, FIRST + 3 * US, ["second", "third"]),
        (FIRST + 3 * US, FIRST + 4 * US, []),
    ],
)
def test_a_window_is_exact_to_the_microsecond(
    probe: Probe, low: datetime | None, high: datetime, found: list[str]
) -> None:
    part = Slice("", None if low is None else to_us(low), to_us(high))
    rows = rows_of(probe.reader.read(PROBE, [part]))
    assert sorted(row["id"] for row in rows) == sorted([*found, "timeless"])
    assert probe.reader.count(PROBE, part) == len(rows)


def test_a_window_ends_behind_the_newest_cursor_before_now(probe: Probe) -> None:
    ends = {
        now: [part.high for part in probe.reader.slices(PROBE, until(now))] for now in (LATER, to_us(FIRST + 2 * US))
    }
    assert ends == {LATER: [to_us(FIRST + 3 * US)], to_us(FIRST + 2 * US): [to_us(FIRST + 2 * US)]}


def test_a_row_beyond_the_servers_clock_is_in_no_window_and_read_by_every_one(probe: Probe) -> None:
    """The clock is the server's, in the statement that asks for the newest cursor."""
    today = datetime.now(UTC).replace(microsecond=123456)
    for name, moment in (("new", today - timedelta(days=1)), ("2300", datetime(2300, 1, 1, tzinfo=UTC))):
        probe.run([f"insert into probe values ('{name}', null, null, null, null, {written(moment)})"])
    before = to_us(datetime.now(UTC))
    (part,) = probe.reader.slices(PROBE, Clock("any"))
    assert (part.high, part.newest, part.ahead) == (to_us(today - timedelta(days=1)) + 1, None, 1)
    assert part.beyond is not None
    assert before - 10**6 <= part.beyond - LAG <= to_us(datetime.now(UTC)) + 10**6
    for read in (part, replace(part, low=part.high), replace(part, high=NO_WINDOW)):
        found = {row["id"] for row in rows_of(probe.reader.read(PROBE, [read]))}
        assert found & {"2300", "timeless", "new"} == {"2300", "timeless", *(["new"] if read == part else [])}
        assert probe.reader.count(PROBE, read) == len(found)
    assert probe.reader.slices(PROBE, until(to_us(FIRST)))[0].ahead == 2  # a fixed now replaces the server's


def test_more_rows_may_come_with_a_newest_second_number_or_day_and_how_many_there_are_is_counted(probe: Probe) -> None:
    probe.run(["delete from probe", *(f"insert into probe values ('{n}', 5, 7, null, {written(FIRST.date())}, "
               f"{written(FIRST.replace(microsecond=0))})" for n in range(3))])  # fmt: skip
    second = to_us(FIRST.replace(microsecond=0))
    day = to_us(FIRST.date())
    ends = {
        "moment": (second + 1, 3, until(LATER)),
        "whole": (8, 3, until(LATER)),
        "day": (day + 1, 3, until(day + 86_399_999_999)),
        "DAY": (day + 86_400_000_000, 3, until(day + 86_400_000_000)),
    }
    for cursor, (high, newest, clock) in ends.items():
        assert isinstance(probe.reader, SqlReader)
        (part,) = SqlReader(probe.reader.driver).slices(replace(PROBE, cursor=cursor.lower()), clock)
        assert (cursor, part.high, part.newest) == (cursor, high, newest)


@pytest.mark.parametrize(("name", "digits"), [("postgres", 20), ("postgres", 38), ("redshift", 38), ("snowflake", 38)])
def test_a_decimal_without_a_point_is_a_cursor(services: Settings, name: str, digits: int) -> None:
    """Snowflake's INTEGER is NUMBER(38,0). One that no bigint holds is in no window (the emulator has none such)."""
    large = [] if name == "snowflake" else [(2**63, "c")]
    rows = ", ".join(map(str, [(1, "a"), (2**62, "b"), *large]))
    RUN[name]([f"create table counted (id decimal({digits},0) not null, name varchar(10))",
               f"insert into counted values {rows}"])  # fmt: skip
    table = Table("counted", key=("id",), cursor="id")
    with SOURCES[name].connect() as reader:
        (part,) = reader.slices(table, Clock("any"))
        assert (part.high, part.newest, part.ahead) == (2**62 + 1, 1, len(large))
        found = rows_of(reader.read(table, [replace(part, low=2)]))
    assert sorted((int(row["id"]), row["name"]) for row in found) == [(2**62, "b"), *large]
    RUN[name](["drop table counted"])


@pytest.mark.parametrize(
    ("name", "unload_to"),
    [("postgres", ""), ("redshift", ""), ("redshift", "s3://lakehouse-stage/endless")],
    ids=["postgres", "redshift", "redshift by UNLOAD"],
)
def test_infinity_is_beyond_the_clock_and_a_rejected_row_says_so(
    services: Settings, name: str, unload_to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redshift's connector would bring 0001-01-01 and 9999-12-31."""
    monkeypatch.setenv("SOURCES__REDSHIFT__UNLOAD_TO", unload_to)
    monkeypatch.setenv("SOURCES__REDSHIFT__UNLOAD_FROM", "1")
    RUN[name](
        [
            "create table endless (id int, day date, at timestamp)",
            "insert into endless values (1, 'infinity', 'infinity'), (2, '2026-01-01', '2026-01-01')",
            "insert into endless values (3, '5874897-12-31', '294276-12-31 23:59:59.999999')",
            "insert into endless values (4, '4713-11-24 BC', '4713-11-24 BC'), (5, '-infinity', '-infinity')",
        ]
    )
    came = {
        1: ("infinity", "infinity"),
        3: ("5874897-12-31", "294276-12-31T23:59:59.999999Z"),
        4: ("4713-11-24 BC", "4713-11-24T00:00:00.000000Z BC"),
        5: ("-infinity", "-infinity"),
    }
    for cursor in ("at", "day"):
        table = Table("endless", key=("id",), cursor=cursor)
        with SOURCES[name].connect() as reader:
            (part,) = reader.slices(table, until(LATER))
            parts = list(reader.read(table, [part]))
        rejected = [(one.rule, json.loads(one.payload)) for one in parts if isinstance(one, Rejected)]
        assert {row["id"]: (row["day"], row["at"]) for _, row in rejected} == came
        assert {row["id"] for rule, row in rejected if rule == "future_cursor"} == {1, 3}
        assert [row["id"] for row in rows_of(iter(parts))] == [2]
    RUN[name](["drop table endless"])


def test_an_empty_table_has_no_window_and_one_without_cursors_has_one(probe: Probe) -> None:
    probe.run(["delete from probe where moment is not null"])
    (part,) = probe.reader.slices(PROBE, until(LATER))
    assert [row["id"] for row in rows_of(probe.reader.read(PROBE, [part]))] == ["timeless"]
    probe.run(["delete from probe"])
    assert probe.reader.slices(PROBE, until(LATER)) == []


def test_a_column_that_is_added_is_read_by_the_next_connection_and_an_excluded_one_never(probe: Probe) -> None:
    probe.run(["alter table probe add column more varchar(10)"])
    source = next(name for name, run in RUN.items() if run is probe.run)
    table = Table("probe", key=("id",), cursor="moment", exclude={"amount": "nobody needs it"})
    with SOURCES[source].connect() as reader:
        (row, *_) = rows_of(reader.read(table, [Slice("", None, LATER)]))
    assert list(row) == ["id", "whole", "flag", "day", "moment", "more"]


def test_a_table_without_a_cursor_is_read_whole_and_its_rows_equal_themselves(
    probe: Probe, services: Settings, tmp_path: Path
) -> None:
    whole = replace(PROBE, cursor=None)
    lake = Lake(replace(services, home=tmp_path / "home", root=str(tmp_path / "lake")))
    assert lake.load(probe.reader, whole).landed == len(ROWS)
    assert lake.load(probe.reader, whole).entry is None
    assert probe.reader.count(whole, WHOLE) == len(ROWS)


def test_a_table_that_is_not_there_is_named(probe: Probe) -> None:
    with pytest.raises(SourceError, match=r"public\.nothing: no such table|PUBLIC\.nothing: no such table"):
        probe.reader.slices(Table("nothing", key=("id",), cursor="moment"), until(LATER))


def test_a_reading_that_is_given_up_leaves_a_usable_connection(probe: Probe) -> None:
    parts = probe.reader.read(PROBE, [Slice("", None, LATER)])
    next(parts)
    del parts
    assert len(probe.rows(None, LATER)) == len(ROWS)


def test_names_with_quotes_and_capitals_are_read(services: Settings) -> None:
    name = 'Od"d; drop table x --'
    quoted = '"' + name.replace('"', '""') + '"'
    run_postgres([f'create table {quoted} ("I\'d" int, "At%s" date)', f"insert into {quoted} values (1, '2026-01-01')"])
    table = Table(name, key=("I'd",), cursor="At%s")
    with SOURCES["postgres"].connect() as reader:
        assert rows_of(reader.read(table, reader.slices(table, until(LATER)))) == [{"i'd": 1, "at%s": date(2026, 1, 1)}]
    run_postgres([f"drop table {quoted}"])


def test_postgres_types_that_arrow_lacks_arrive_as_text(services: Settings) -> None:
    values = {
        "a": ("uuid", "6b29fc40-ca47-1067-b31d-00dd010662da"),
        "b": ("jsonb", '{"a": [1.10]}'),
        "c": ("inet", "10.0.0.1"),
        "d": ("text[]", "{a,b}"),
        "e": ("interval", "1 day 02:03:04.000005"),
        "f": ("mood", "it's"),
        "g": ("numeric", "1.23456789012345678901234567890123456789012345"),
        "h": ("time", "10:00:00.000001"),
    }
    typed = ", ".join(f"{name} {kind}" for name, (kind, _) in values.items())
    texts = ", ".join(written(value) for _, value in values.values())
    run_postgres(
        [
            "drop table if exists odd; drop type if exists mood; create type mood as enum ('it''s')",
            f"create table odd ({typed}, at timestamptz not null)",
            f"insert into odd values ({texts}, '2026-01-01 00:00:00.000001+05:30')",
        ]
    )
    table = Table("odd", key=("a",), cursor="at")
    with SOURCES["postgres"].connect() as reader:
        (row,) = rows_of(reader.read(table, reader.slices(table, until(LATER))))
    assert row.pop("at") == datetime(2025, 12, 31, 18, 30, 0, 1, tzinfo=UTC)
    assert row == {name: value for name, (_, value) in values.items()}
    run_postgres(["drop table odd; drop type mood"])


def test_a_snowflake_time_has_its_fraction_if_it_has_one(services: Settings) -> None:
    """What only an account can show: the session's format, since fakesnow prints each fraction anyway."""
    run_snowflake(
        [
            "create table timed (id varchar, held time, moment timestamp)",
            "insert into timed values ('a', '12:00:00', '2026-01-01'), ('b', '12:00:00.5', '2026-01-01')",
        ]
    )
    table = Table("timed", key=("id",), cursor="moment")
    with SOURCES["snowflake"].connect() as reader:
        rows = rows_of(reader.read(table, reader.slices(table, until(LATER))))
    assert sorted((row["id"], row["held"]) for row in rows) == [("a", "12:00:00"), ("b", "12:00:00.5")]
    run_snowflake(["drop table timed"])


def test_postgres_values_that_no_type_holds_reject_their_rows(services: Settings) -> None:
    run_postgres(
        [
            "create table endless (id int, amount numeric(10,2), until timestamp, at timestamp)",
            "insert into endless values (1, 'NaN', now(), now()), (2, 1, 'infinity', now()), (3, 1, now(), now())",
        ]
    )
    table = Table("endless", key=("id",), cursor="at")
    with SOURCES["postgres"].connect() as reader:
        parts = list(reader.read(table, [Slice("", None, 2**52)]))
    rejected = [part for part in parts if isinstance(part, Rejected)]
    assert [(one.rule, json.loads(one.payload)["id"]) for one in rejected] == [("wrong_type", 1), ("wrong_type", 2)]
    assert [row["id"] for row in rows_of(iter(parts))] == [3]
    run_postgres(["drop table endless"])


def test_redshift_reads_more_rows_than_one_fetch(services: Settings) -> None:
    run_redshift(
        [
            "create table many (id bigint, properties super, moment timestamp)",
            "insert into many select n, '{\"n\": 0.10}', timestamp '2026-01-01' from generate_series(1, 45000) as g(n)",
        ]
    )
    table = Table("many", key=("id",), cursor="moment")
    with SOURCES["redshift"].connect() as reader:
        rows = rows_of(reader.read(table, reader.slices(table, until(LATER))))
    assert sorted(row["id"] for row in rows) == list(range(1, 45_001))
    assert {row["properties"] for row in rows} == {'{"n": 0.10}'}
    run_redshift(["drop table many"])


def test_redshift_brings_the_same_rows_by_unload_as_through_a_cursor_and_leaves_nothing_in_s3(
    services: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_redshift(
        [
            "create table wide (id bigint, name varchar, properties super, price numeric(18, 4), day date,"
            " moment timestamp)",
            "insert into wide values (1, 'it''s \u00e9 \U0001f600', '{\"n\": 0.10}', 1.2345, date '2026-01-01',"
            " timestamp '2026-01-01 00:00:00.123456'), (2, '', null, null, null, timestamp '2026-01-01')",
        ]
    )
    table = Table("wide", key=("id",), cursor="moment")

    def read() -> list[pa.Table]:
        with SOURCES["redshift"].connect() as reader:
            return [
                part for part in reader.read(table, reader.slices(table, until(LATER))) if isinstance(part, pa.Table)
            ]

    through_cursor = pa.concat_tables(read()).sort_by("id")
    monkeypatch.setenv("SOURCES__REDSHIFT__UNLOAD_TO", "s3://lakehouse-stage/unloaded")
    monkeypatch.setenv("SOURCES__REDSHIFT__UNLOAD_FROM", "3")
    assert pa.concat_tables(read()).sort_by("id").equals(through_cursor)  # too few rows
    monkeypatch.setenv("SOURCES__REDSHIFT__UNLOAD_FROM", "2")
    with patch("ingestion.sources.redshift.unload", wraps=unload) as asked:
        assert pa.concat_tables(read()).sort_by("id").equals(through_cursor)
    assert asked.call_count == 1
    assert s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False).find("lakehouse-stage/unloaded") == []
    run_redshift(["drop table wide"])


# -- Salesforce -------------------------------------------------------------------------------------------------

STAMP = datetime(2026, 1, 1, tzinfo=UTC)
PROBE_C = Table("Probe__c", key=("Id",), cursor="SystemModstamp", columns={"Amount": "decimal(18,2)"})


@pytest.fixture
def org(services: Settings) -> Iterator[Path]:
    """4,500 records, ten in each second, some of them deleted."""
    count = 4500
    moments = [STAMP + timedelta(seconds=row // 10) for row in range(count)]
    records = {
        "Id": [f"a00{row:015d}" for row in range(count)],
        "Name": [f'line\n"{row}", 😀' if row % 2 else None for row in range(count)],
        "Amount": pa.array([Decimal("1000.10")] * count, pa.decimal128(18, 2)),
        "Score__c": pa.array([Decimal("1000.50")] * count, pa.decimal128(18, 2)),
        "SystemModstamp": pa.array(moments, pa.timestamp("us", "UTC")),
        "IsDeleted": [row % 7 == 0 for row in range(count)],
    }
    path = services.services / "salesforce" / "Probe__c.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(records), path)
    yield path
    path.unlink()


def test_salesforce_pages_bring_all_records_and_deleted_ones(org: Path) -> None:
    with SOURCES["salesforce"].connect() as reader:
        (part,) = reader.slices(PROBE_C, until(LATER))
        rows = rows_of(reader.read(PROBE_C, [part]))
    assert part.high == to_us(STAMP + timedelta(seconds=449)) + 1
    assert len({row["id"] for row in rows}) == 4500
    assert sum(row["isdeleted"] for row in rows) == 643
    assert rows[1] == {
        "id": "a00000000000000001",
        "name": 'line\n"1", 😀',
        "amount": Decimal("1000.10"),
        "score__c": "1000.5",
        "systemmodstamp": STAMP,
        "isdeleted": False,
    }
    assert rows[0]["name"] is None


def test_the_bulk_api_brings_the_same_rows(org: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {}
    for threshold in ("1", "50000"):
        monkeypatch.setenv("SOURCES__SALESFORCE__BULK_FROM", threshold)
        with SOURCES["salesforce"].connect() as reader:
            rows = rows_of(reader.read(PROBE_C, [Slice("", None, LATER)]))
        found[threshold] = sorted(rows, key=lambda row: row["id"])
    assert found["1"] == found["50000"]
    assert len(found["1"]) == 4500


@pytest.mark.parametrize(("low", "high", "found"), [(0, 1, 10), (1, 2, 10), (0, 10**6 + 1, 20), (1, 10**6 + 1, 10)])
def test_a_salesforce_window_never_splits_a_second(org: Path, low: int, high: int, found: int) -> None:
    part = Slice("", to_us(STAMP) + low, to_us(STAMP) + high)
    with SOURCES["salesforce"].connect() as reader:
        count = len(rows_of(reader.read(PROBE_C, [part])))
        assert count == reader.count(PROBE_C, part)
    assert count == (0 if low == 1 and high == 2 else found)


def test_a_salesforce_second_that_is_not_over_is_left_for_the_next_window(org: Path) -> None:
    with SOURCES["salesforce"].connect() as reader:
        (part,) = reader.slices(PROBE_C, until(to_us(STAMP) + 1_500_000))
        assert part.high == to_us(STAMP) + 1
        assert reader.slices(PROBE_C, until(to_us(STAMP) + 999_999)) == []


PURGING = replace(PROBE_C, deletes="flag:IsDeleted")


@pytest.fixture
def purged(org: Path) -> Iterator[Callable[[dict[str, datetime]], None]]:
    """Tells the org which records are gone for good, and when they went; one of them is in its recycle bin still."""
    path = org.parent / "purged" / "Probe__c.json"
    path.parent.mkdir(exist_ok=True)

    def put(gone: dict[str, datetime]) -> None:
        path.write_text(json.dumps([{"id": key, "deletedDate": at.isoformat()} for key, at in gone.items()]))

    put({})
    yield put
    path.unlink()


def told(part: Slice) -> dict[str, int]:
    """What a slice of deletions brings."""
    with SOURCES["salesforce"].connect() as reader:
        parts = list(reader.read(PURGING, [part]))
        assert reader.count(PURGING, part) == sum(len(gone.keys) for gone in parts if isinstance(gone, DeletedKeys))
    rows = [row for gone in parts if isinstance(gone, DeletedKeys) for row in gone.keys.to_pylist()]
    return {row["Id"]: row["_at"] for row in rows}


def test_purged_records_are_told_and_those_in_the_recycle_bin_are_not(
    purged: Callable[[dict[str, datetime]], None], services: Settings
) -> None:
    now = services.now().replace(microsecond=0)
    moments = {f"a0x{n:015d}": now - timedelta(days=2, minutes=n) for n in range(250)}
    in_bin = {"a00000000000000007": now - timedelta(days=2)}
    purged(moments | in_bin)
    week = Slice(DELETIONS, to_us(now - timedelta(days=7)), to_us(now))
    assert told(week) == {key: to_us(at) for key, at in moments.items()}
    assert told(Slice(DELETIONS, None, to_us(now))) == {}


def test_the_slice_of_deletions_ends_behind_the_newest_of_today_or_at_the_days_begin(
    purged: Callable[[dict[str, datetime]], None], services: Settings
) -> None:
    now = services.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with SOURCES["salesforce"].connect() as reader:
        assert reader.slices(PURGING, until(to_us(now)))[-1] == Slice(DELETIONS, None, to_us(midnight))
        just = now.replace(microsecond=0) - timedelta(minutes=2)
        purged({"a0x000000000000001": just})
        assert reader.slices(PURGING, until(to_us(now)))[-1].high == max(to_us(just) + 1, to_us(midnight))


def test_a_gap_that_salesforce_no_longer_remembers_asks_for_a_comparison_of_keys(
    purged: Callable[[dict[str, datetime]], None], services: Settings
) -> None:
    now = services.now()
    with pytest.raises(SourceError, match=r"salesforce\.Probe__c: .*lakehouse ingest .* --reconcile-keys"):
        told(Slice(DELETIONS, to_us(now - timedelta(days=16)), to_us(now)))


def test_a_source_lists_the_keys_of_all_its_records(org: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for threshold in ("1", "50000"):
        monkeypatch.setenv("SOURCES__SALESFORCE__BULK_FROM", threshold)
        with SOURCES["salesforce"].connect() as reader:
            assert isinstance(reader, ListsKeys)
            batches = list(reader.keys(PURGING))
        assert {name for batch in batches for name in batch.column_names} == {"Id"}
        assert len({key for batch in batches for key in batch["Id"].to_pylist()}) == 4500


def test_a_sql_source_lists_the_keys_of_all_its_rows(probe: Probe) -> None:
    assert isinstance(probe.reader, ListsKeys)
    (batch,) = probe.reader.keys(replace(PROBE, key=("id", "flag")))
    assert [str(field.type) for field in batch.schema] == ["string", "bool"]
    assert sorted(map(str, zip(*(column.to_pylist() for column in batch.columns), strict=True))) == sorted(
        str((row[0], row[3])) for row in ROWS
    )


def test_an_expired_session_is_renewed(org: Path) -> None:
    with salesforce() as (client, _):
        session = Session(resolve(SalesforceSettings, "salesforce"))
        session._token = "expired"
        client._api._client.auth = session
        assert client.query("select count() from Probe__c")["totalSize"] == 4500


# -- FX -----------------------------------------------------------------------------------------------------------


def fx(table: str, low: date | None, high: date) -> list[dict[str, Any]]:
    with SOURCES["fx_rates"].connect() as reader:
        part = Slice("", None if low is None else to_us(low), to_us(high))
        return rows_of(reader.read(SOURCES["fx_rates"].table(table), [part]))


def test_daily_rates_are_those_of_the_windows_days(services: Settings) -> None:
    rows = fx("rates_daily", date(2023, 12, 29), date(2024, 1, 3))
    assert sorted({row["rate_date"] for row in rows}) == [date(2023, 12, 29), date(2024, 1, 2)]
    (euro,) = [row for row in rows if row["ccy"] == "EUR" and row["rate_date"] == date(2023, 12, 29)]
    assert euro == {"base": "USD", "ccy": "EUR", "rate_date": date(2023, 12, 29), "rate": Decimal("0.9049800000")}


def test_a_window_of_days_without_a_publication_is_empty(services: Settings) -> None:
    assert fx("rates_daily", date(2023, 12, 30), date(2024, 1, 1)) == []


def test_a_first_load_starts_at_its_setting(services: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__FX_RATES__START", "2024-01-01")
    assert min(row["rate_date"] for row in fx("rates_daily", None, date(2024, 1, 10))) == date(2024, 1, 2)
    monkeypatch.setenv("SOURCES__FX_RATES__START", "soon")
    with pytest.raises(SettingError, match=r"SOURCES__FX_RATES__START.*soon"):
        fx("rates_daily", None, date(2024, 1, 10))


def test_the_last_window_of_days_ends_behind_the_last_publication(services: Settings) -> None:
    with SOURCES["fx_rates"].connect() as reader:
        (part,) = reader.slices(SOURCES["fx_rates"].table("rates_daily"), until(to_us(date(2024, 1, 1))))
    assert part.high == to_us(date(2023, 12, 30)), "behind the whole day"


def test_an_hour_is_observed_once(services: Settings) -> None:
    table = SOURCES["fx_rates"].table("rates_hourly")
    hour = datetime(2026, 1, 1, 13, tzinfo=UTC)
    with SOURCES["fx_rates"].connect() as reader:
        (part,) = reader.slices(table, until(to_us(hour + timedelta(minutes=50))))
        rows = rows_of(reader.read(table, [part]))
        assert {row["fetched_hour"] for row in rows} == {hour}
        assert len({row["ccy"] for row in rows}) == len(rows) > 20
        assert part.high == to_us(hour) + 1
        assert rows_of(reader.read(table, [Slice("", part.high, part.high)])) == []


# -- Vendors' files ---------------------------------------------------------------------------------------------


@pytest.fixture
def drop(services: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, bytes], None]]:
    """A prefix of the bucket with more objects than one page of a listing."""
    monkeypatch.setenv("SOURCES__VENDOR_FILES__BUCKET_URL", "s3://vendor-drop/probe")
    s3, keys = boto3.client("s3"), []

    def put(key: str, body: bytes) -> None:
        keys.append(f"probe/{key}")
        s3.put_object(Bucket="vendor-drop", Key=keys[-1], Body=body)

    yield put
    for key in set(keys):
        s3.delete_object(Bucket="vendor-drop", Key=key)


SHIPMENTS = SOURCES["vendor_files"].table("shipments")


def test_objects_are_read_from_s3_as_they_were_listed(drop: Callable[[str, bytes], None]) -> None:
    line = gzip.compress(b'{"shipment_id": "S1", "quantity": 1, "shipped_at": "2026-01-01T00:00:00Z"}\n', mtime=0)
    drop("shipments/a é.jsonl.gz", line)
    drop("shipments/deeper/b.jsonl.gz", line)
    drop("price_list/a.csv.gz", b"")
    with SOURCES["vendor_files"].connect() as reader:
        (part,) = reader.slices(SHIPMENTS, until(LATER))
        (row,) = rows_of(reader.read(SHIPMENTS, [part]))
    assert part.partition_id.startswith("shipments/a é.jsonl.gz#")
    assert (part.low, part.high, part.bytes) == (None, 1, len(line))
    assert (row["_file"], row["_file_row"], row["shipment_id"]) == ("shipments/a é.jsonl.gz", 1, "S1")
    assert row["shipped_at"] == datetime(2026, 1, 1, tzinfo=UTC)


def test_an_object_that_changes_between_listing_and_reading_is_an_error(drop: Callable[[str, bytes], None]) -> None:
    drop("shipments/a.jsonl", b"{}\n")
    table = Table("shipments", key=("_file", "_file_row"), kind="files", path="shipments/*.jsonl")
    with SOURCES["vendor_files"].connect() as reader:
        parts = reader.slices(table, until(LATER))
        drop("shipments/a.jsonl", b"{}\n{}\n")
        with pytest.raises(SourceError, match=r"shipments/a\.jsonl.*changed after it was listed; run again"):
            rows_of(reader.read(table, parts))


# -- What is not there ------------------------------------------------------------------------------------------

UNREACHABLE = {
    "postgres": ("SOURCES__POSTGRES__CREDENTIALS", "postgresql://u:hunter2@127.0.0.1:1/x", "127.0.0.1:1/x"),
    "redshift": ("SOURCES__REDSHIFT__CREDENTIALS", "redshift://u:hunter2@127.0.0.1:1/x", "127.0.0.1:1/x"),
    "snowflake": ("SOURCES__SNOWFLAKE__PORT", "1", "127.0.0.1:1/SHOP"),
    "salesforce": ("SOURCES__SALESFORCE__LOGIN_URL", "http://127.0.0.1:1", "http://127.0.0.1:1"),
    "fx_rates": ("SOURCES__FX_RATES__BASE_URL", "http://127.0.0.1:1", "http://127.0.0.1:1"),
    "kafka": ("SOURCES__KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1", "127.0.0.1:1"),
    "vendor_files": ("AWS_ENDPOINT_URL", "http://127.0.0.1:1", "http://127.0.0.1:1"),
    "cdc": ("AWS_ENDPOINT_URL", "http://127.0.0.1:1", "http://127.0.0.1:1"),
}
REFUSED = {
    "postgres": ("SOURCES__POSTGRES__CREDENTIALS", "lakehouse:hunter2@", "password authentication failed"),
    "redshift": ("SOURCES__REDSHIFT__CREDENTIALS", "lakehouse:hunter2@", "password authentication failed"),
    "salesforce": ("SOURCES__SALESFORCE__CLIENT_SECRET", "hunter2", "invalid_client"),
    "vendor_files": ("SOURCES__VENDOR_FILES__BUCKET_URL", "s3://no-such-bucket", "NoSuchBucket"),
    "cdc": ("SOURCES__CDC__BUCKET_URL", "s3://no-such-bucket", "NoSuchBucket"),
}


def failure_of(name: str) -> str:
    with pytest.raises(SourceUnavailable) as failure, SOURCES[name].connect() as reader:
        reader.slices(SOURCES[name].tables[0], until(LATER))
    assert "\n" not in str(failure.value)
    return str(failure.value)


@pytest.mark.parametrize("name", UNREACHABLE)
def test_a_source_that_is_not_there_is_named_with_its_address(
    name: str, services: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable, value, address = UNREACHABLE[name]
    monkeypatch.setenv(variable, value)
    message = failure_of(name)
    assert message.startswith(name)
    assert address in message
    assert "hunter2" not in message


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_told_without_the_secret(name: str, services: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    variable, value, reason = REFUSED[name]
    right = os.environ[variable]
    monkeypatch.setenv(variable, right.replace("lakehouse:sesame-postgres@", value) if value.endswith("@") else value)
    message = failure_of(name)
    assert reason in message
    assert "hunter2" not in message


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_source_without_settings_says_which_one_to_set(name: str) -> None:
    with pytest.raises(SettingError, match=f"SOURCES__{name.upper()}__"), SOURCES[name].connect():
        pass
