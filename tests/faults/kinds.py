"""Kinds of sources, each with a truth of its own: what it holds is what bronze must hold.

To put a further kind through all faults, write one class like these (it is pickled into each victim) and add it to
`KINDS`.
"""

import gzip
import io
import json
import os
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Protocol
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.clock import Clock
from ingestion.source import Reader
from ingestion.spec import Rejected, Slice, Table
from tests.unit.bronze.memory import INSTANT, ORDERS, Memory, at

Row = dict[str, Any]
SWEPT = replace(ORDERS, deletes="sweep")
ORDERS_IN_POSTGRES = replace(SWEPT, name="orders", key=("id",), cursor="updated_at")


class Kind(Protocol):
    """A source that grows, and knows what it holds."""

    source: str
    table: Table
    left: int
    """The rows that quarantine held once and the source no longer sends so."""

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        """More rows; `bad`: some that bronze can't hold, `column`: with a column that wasn't there before."""
        ...

    def connect(self) -> AbstractContextManager[Reader]:
        """A reader, opened in the process that loads."""
        ...

    def rows(self) -> list[Row]:
        """What the table must hold: the source's columns in bronze's names."""
        ...

    def bad(self) -> Counter[str]:
        """What quarantine must hold, by position."""
        ...


@dataclass
class Windows:
    """A table with a cursor: late rows within the lookback, equal rows, rows without a key, keys that go."""

    source = "memory"
    left = 0
    table: Table = SWEPT
    held: list[Row] = field(default_factory=list)
    """Every row that there ever was."""
    gone: set[str] = field(default_factory=set)
    """Keys that were removed."""
    second: float = 0
    days: int = 0
    """How far its past reaches."""
    ids: int = 0
    added: int = 0

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        self.added += column
        start, self.second = self.second, self.second + 20
        new = [self._row(start + rng.uniform(1, 19)) for _ in range(rng.randint(2, 40))]
        new += [self._row(max(0, start - rng.uniform(0, 9))) for _ in range(rng.randint(0, 3))]
        new += rng.sample(new, rng.randint(0, 2))
        new += [{**self._row(start + rng.uniform(1, 19)), "id": None} for _ in range(rng.randint(1, 3) if bad else 0)]
        self.held += [*new, self._row(self.second)]

    def age(self, rng: Random) -> None:
        """Rows of the three days before all others, which only a backfill brings."""
        self.days += 3
        for day in range(3):
            second = (day - self.days) * 86_400.0
            self.held += [self._row(second + rng.uniform(0, 86_000)) for _ in range(rng.randint(2, 10))]

    @property
    def past(self) -> tuple[datetime, datetime]:
        """The days of the last `age`."""
        return at(-86_400 * self.days), at(86_400 * (3 - self.days))

    def remove(self, rng: Random) -> None:
        """Some keys that were there are gone, and nothing says so."""
        there = sorted({row["id"] for row in self.held if row["id"] is not None} - self.gone)
        self.gone |= set(rng.sample(there, rng.randint(1, max(1, len(there) // 4))))

    def accept(self) -> None:
        """From now on rows without a key are good."""
        self.table = replace(self.table, severities={"null_key": "warn"})

    @property
    def _accepts(self) -> bool:
        return bool(self.table.severities)

    def _row(self, second: float) -> Row:
        self.ids += 1
        amount = (Decimal(self.ids) / 4).quantize(Decimal("0.01"))
        row = {"id": f"o{self.ids}", "updated_at": at(round(second, 6)), "amount": amount}
        return {**row, **{f"extra{n}": f"{n} of {self.ids}" for n in range(self.added)}}

    def sent(self) -> list[Row]:
        """What the source holds now."""
        return [row for row in self.held if row["id"] not in self.gone]

    def connect(self) -> AbstractContextManager[Reader]:
        names = {"id": "Id", "updated_at": "UpdatedAt"}
        types = {"Id": pa.string(), "UpdatedAt": INSTANT, "amount": pa.decimal128(12, 2)}
        types |= {f"extra{n}": pa.string() for n in range(self.added)}
        rows = [{names.get(name, name): value for name, value in row.items()} for row in self.sent()]
        return nullcontext(Memory(pa.Table.from_pylist(rows, pa.schema(types)), batch_rows=20))

    def rows(self) -> list[Row]:
        """A key that is gone has its last row once more, marked."""
        good = [row for row in self.held if row["id"] is not None or self._accepts]
        ends = {row["id"]: row for row in sorted(good, key=lambda row: row["updated_at"]) if row["id"] in self.gone}
        return good + [{**row, "_is_deleted": True} for row in ends.values()]

    def bad(self) -> Counter[str]:
        wrong = [] if self._accepts else [row for row in self.held if row["id"] is None]
        return Counter(placed(row["updated_at"]) for row in wrong)


def placed(moment: datetime, key: str | None = None) -> str:
    """The place of a row of a window in its source, as bronze says it."""
    return f"updated_at={moment:%Y-%m-%dT%H:%M:%S.%f}Z id={key}"


@dataclass
class Postgres(Windows):
    """The same in a real PostgreSQL, read by the real source. One schema for each life."""

    source = "postgres"
    table: Table = ORDERS_IN_POSTGRES
    credentials: str = ""
    schema: str = ""

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        known = len(self.held)
        super().grow(rng, bad=bad, column=column)
        self._insert(self.held[known:])

    def age(self, rng: Random) -> None:
        known = len(self.held)
        super().age(rng)
        self._insert(self.held[known:])

    def _insert(self, rows: list[Row]) -> None:
        import psycopg  # the victims have no use for it

        with psycopg.connect(self.credentials, autocommit=True) as connection:
            connection.execute(f'create schema if not exists "{self.schema}"'.encode())
            place = f'"{self.schema}".orders'
            connection.execute(
                f"create table if not exists {place} (id text, updated_at timestamptz, amount numeric(12,2))".encode()
            )
            for n in range(self.added):
                connection.execute(f"alter table {place} add column if not exists extra{n} text".encode())
            for row in rows:
                marks = ", ".join(["%s"] * len(row))
                statement = f"insert into {place} ({', '.join(row)}) values ({marks})"
                connection.execute(statement.encode(), list(row.values()))

    def remove(self, rng: Random) -> None:
        before = set(self.gone)
        super().remove(rng)
        import psycopg  # the victims have no use for it

        with psycopg.connect(self.credentials, autocommit=True) as connection:
            statement = f'delete from "{self.schema}".orders where id = any(%s)'
            connection.execute(statement.encode(), [sorted(self.gone - before)])

    def connect(self) -> AbstractContextManager[Reader]:
        from ingestion.sources.postgres import SOURCE

        return SOURCE.connect()


@dataclass
class Files:
    """Objects in a folder or in S3, read by the real source: some change, some lines have a column too few."""

    url: str
    source = "vendor_files"
    left = 0
    table = Table(
        "price_list",
        key=("_file", "_file_row"),
        kind="files",
        path="price_list/*.csv.gz",
        columns=dict.fromkeys(("sku", "unit_cost"), "string"),
    )
    held: list[Row] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    puts: int = 0
    versions: int = 0
    added: int = 0

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        self.added += column
        # one version of an object at a time: who overwrites what nobody has loaded yet has lost it himself
        for number in {self.puts + 1, *rng.sample(range(1, self.puts + 2), min(self.puts, 2))}:
            is_new, self.puts = number > self.puts, max(self.puts, number)
            self._put(f"price_list/{number}.csv.gz", rng.randint(int(is_new), 30), bad)

    def _put(self, key: str, rows: int, bad: bool) -> None:
        columns = ["sku", "unit_cost", *(f"extra{n}" for n in range(self.added))]
        self.versions += 1
        values = [[f"{name} {self.versions} {number}" for name in columns] for number in range(rows)]
        lines = [",".join(columns), *(",".join(one) for one in values), *(["only one"] if bad else [])]
        put(self.url, key, gzip.compress("\n".join(lines).encode()))
        self.held += [
            {**dict(zip(columns, one, strict=True)), "_file": key, "_file_row": number}
            for number, one in enumerate(values, 1)
        ]
        self.wrong.update([f"{key}:{rows + 1}"] if bad else [])

    def connect(self) -> AbstractContextManager[Reader]:
        from ingestion.protocols.files.store import open_store
        from ingestion.sources.vendor_files import FilesReader

        return nullcontext(FilesReader(self.source, open_store(self.source, self.url)))

    def rows(self) -> list[Row]:
        return self.held

    def bad(self) -> Counter[str]:
        return self.wrong


def put(url: str, key: str, content: bytes) -> None:
    """An object in a folder or a bucket."""
    if url.startswith("s3://"):
        import boto3

        parts = urlsplit(url)
        boto3.client("s3").put_object(Bucket=parts.netloc, Key=f"{parts.path.strip('/')}/{key}", Body=content)
        return
    path = Path(url) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    digest = zlib.crc32(content)  # a folder's ETag is the file's time; S3's is of the bytes
    os.utime(path, ns=(digest, digest))


@dataclass
class Offsets:
    """A topic of three partitions, as a stream's reader would serve it; some messages are no JSON."""

    source = "memory"
    left = 0
    table = Table("events", key=("event_id",), kind="offsets")
    partitions: tuple[list[bytes], ...] = field(default_factory=lambda: ([], [], []))
    added: int = 0

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        self.added += column
        for _ in range(rng.randint(2, 40)):
            number = sum(map(len, self.partitions))
            event = {"event_id": f"e{number}", **{f"extra{n}": str(n) for n in range(self.added)}}
            rng.choice(self.partitions).append(json.dumps(event).encode())
        if bad:
            rng.choice(self.partitions).append(b"{no json")

    def connect(self) -> AbstractContextManager[Reader]:
        return nullcontext(Log(self.partitions))

    def rows(self) -> list[Row]:
        return [json.loads(one) for log in self.partitions for one in log if one != b"{no json"]

    def bad(self) -> Counter[str]:
        marks = ((p, o) for p, log in enumerate(self.partitions) for o, one in enumerate(log) if one == b"{no json")
        return Counter(f"events/{partition}:{offset}" for partition, offset in marks)


@dataclass
class Kafka(Offsets):
    """The same in the local broker, read by the real source. One topic for each life."""

    source = "kafka"
    servers: str = ""
    topic: str = ""

    @property
    def table(self) -> Table:  # type: ignore[override]
        return Table("events", key=("_topic", "_partition", "_offset"), kind="offsets", path=self.topic)

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        sent = list(map(len, self.partitions))
        super().grow(rng, bad=bad, column=column)
        from confluent_kafka import Producer  # the victims have no use for it

        producer = Producer({"bootstrap.servers": self.servers, "log_level": 0})
        for partition, (log, begin) in enumerate(zip(self.partitions, sent, strict=True)):
            for message in log[begin:]:
                producer.produce(self.topic, message, partition=partition)
        assert producer.flush(30) == 0

    def connect(self) -> AbstractContextManager[Reader]:
        from ingestion.sources.kafka import SOURCE

        return SOURCE.connect()

    def bad(self) -> Counter[str]:
        return Counter(
            f"{self.topic}/{partition}/{offset}"
            for partition, log in enumerate(self.partitions)
            for offset, one in enumerate(log)
            if one == b"{no json"
        )


@dataclass
class Log:
    """Reads a topic."""

    partitions: tuple[list[bytes], ...]

    def slices(self, table: Table, clock: Clock) -> list[Slice]:
        return [Slice(f"events/{number}", None, len(log)) for number, log in enumerate(self.partitions) if log]

    def count(self, table: Table, part: Slice) -> int | None:
        return part.high - (part.low or 0)

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        for part in parts:
            log = self.partitions[int(part.partition_id.rpartition("/")[2])]
            for offset in range(part.low or 0, part.high):
                place = f"{part.partition_id}:{offset}"
                if log[offset] == b"{no json":
                    yield Rejected(log[offset], "bad_json", "no JSON", place)
                else:
                    yield pa.Table.from_pylist([{**json.loads(log[offset]), "_row_id": place, "_version": offset}])


@dataclass
class Changes:
    """Change files of DMS in a folder or in S3, read by the real source: in any order, some late, some twice."""

    url: str
    source = "cdc"
    left = 0
    table = Table(
        "payments",
        key=("payment_id",),
        kind="changes",
        deletes="op",
        path="shop/payments/**",
        columns={"payment_id": "string", "amount": "decimal(12,2)"},
    )
    held: list[Row] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    late: dict[str, list[Row]] = field(default_factory=dict)
    """Files that were written and haven't arrived."""
    arrived: dict[str, list[Row]] = field(default_factory=dict)
    files: int = 0
    changes: int = 0
    added: int = 0

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        self.added += column
        arriving = self.late
        new = {self._name(rng): self._changes(rng, bad) for _ in range(rng.randint(1, 3))}
        self.late = {name: new.pop(name) for name in rng.sample(sorted(new), rng.randint(0, len(new) - 1))}
        arriving |= new
        again = rng.sample(sorted(self.arrived), min(len(self.arrived), rng.randint(0, 1)))
        for name in rng.sample(sorted(arriving), rng.randint(0, 1)):
            self._put(name.replace(".", "-copy.", 1), arriving[name])
        for name, changes in [*((name, self.arrived[name]) for name in again), *arriving.items()]:
            self._put(name, changes)
        for name, changes in arriving.items():
            self._arrive(name, changes)

    def _name(self, rng: Random) -> str:
        self.files += 1
        stem = "LOAD00000001" if self.files == 1 else f"20261001-08{self.files // 60:02d}{self.files % 60:02d}000"
        return f"shop/payments/{stem}{rng.choice(('.csv', '.csv.gz', '.parquet'))}"

    def _changes(self, rng: Random, bad: bool) -> list[Row]:
        rows = [self._change(rng) for _ in range(rng.randint(1, 20))]
        wrong = rng.choice(({"Op": "X"}, {"amount": "1.005"}, {"payment_id": None}))
        return [*rows, *([{**self._change(rng), **wrong}] if bad else [])]

    def _change(self, rng: Random) -> Row:
        self.changes += 1
        row = {"Op": rng.choice("IUD"), "dms_ts": f"{at(self.changes):%Y-%m-%d %H:%M:%S.%f}"}
        row |= {"payment_id": f"p{rng.randint(1, 9)}", "amount": f"{self.changes}.25"}
        return {**row, **{f"extra{n}": f"{self.changes}" for n in range(self.added)}}

    def _put(self, key: str, changes: list[Row]) -> None:
        put(self.url, key, dms_file(changes, key))

    def _arrive(self, key: str, changes: list[Row]) -> None:
        self.arrived[key] = changes
        for number, row in enumerate(changes, 1):
            if row["Op"] == "X" or row["amount"] == "1.005" or row["payment_id"] is None:
                self.wrong[f"{key}:{number}"] += 1
                continue
            own = {name: value for name, value in row.items() if name not in ("Op", "dms_ts")}
            self.held.append({**own, "_op": row["Op"], "_file": key, "_file_row": number})

    def connect(self) -> AbstractContextManager[Reader]:
        from ingestion.protocols.files.store import open_store
        from ingestion.sources.cdc import CdcSettings, ChangesReader

        return nullcontext(ChangesReader(open_store(self.source, self.url), CdcSettings(self.url)))

    def rows(self) -> list[Row]:
        return self.held

    def bad(self) -> Counter[str]:
        return self.wrong


def dms_file(changes: list[Row], key: str) -> bytes:
    """Changes as DMS writes them, the same bytes each time."""
    if key.endswith(".parquet"):
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(changes), buffer)
        return buffer.getvalue()
    lines = [",".join(changes[0]), *(",".join(value or "NULL" for value in row.values()) for row in changes)]
    text = "\n".join([*lines, ""]).encode()
    return gzip.compress(text, mtime=0) if key.endswith(".gz") else text
