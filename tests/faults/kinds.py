"""Kinds of sources, each with a truth of its own: what it holds is what bronze must hold.

To put a further kind through all faults, write one class like these (it is pickled into each victim) and add it to
`KINDS`.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Protocol
from urllib.parse import urlsplit

import pyarrow as pa

from ingestion.spec import Reader, Rejected, Slice, Table
from tests.unit.bronze.memory import INSTANT, ORDERS, Memory, at

Row = dict[str, Any]


class Kind(Protocol):
    """A source that grows, and knows what it holds."""

    source: str
    table: Table

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
    """A table with a cursor: late rows within the lookback, equal rows, rows without a key."""

    source = "memory"
    table = ORDERS
    held: list[Row] = field(default_factory=list)
    second: float = 0
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

    def _row(self, second: float) -> Row:
        self.ids += 1
        amount = (Decimal(self.ids) / 4).quantize(Decimal("0.01"))
        row = {"id": f"o{self.ids}", "updated_at": at(round(second, 6)), "amount": amount}
        return {**row, **{f"extra{n}": f"{n} of {self.ids}" for n in range(self.added)}}

    def connect(self) -> AbstractContextManager[Reader]:
        names = {"id": "Id", "updated_at": "UpdatedAt"}
        types = {"Id": pa.string(), "UpdatedAt": INSTANT, "amount": pa.decimal128(12, 2)}
        types |= {f"extra{n}": pa.string() for n in range(self.added)}
        rows = [{names.get(name, name): value for name, value in row.items()} for row in self.held]
        return nullcontext(Memory(pa.Table.from_pylist(rows, pa.schema(types)), batch_rows=20))

    def rows(self) -> list[Row]:
        return [row for row in self.held if row["id"] is not None]

    def bad(self) -> Counter[str]:
        return Counter(placed(row["updated_at"]) for row in self.held if row["id"] is None)


def placed(moment: datetime) -> str:
    """Where bronze says that a row without its key stands."""
    return f"updated_at={moment:%Y-%m-%dT%H:%M:%S.%f}Z id=None"


@dataclass
class Postgres(Windows):
    """The same in a real PostgreSQL, read by the real source. One schema for each life."""

    source = "postgres"
    table = Table("orders", key=("id",), cursor="updated_at", lookback=timedelta(seconds=10))
    credentials: str = ""
    schema: str = ""

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        known = len(self.held)
        super().grow(rng, bad=bad, column=column)
        import psycopg  # the victims have no use for it

        with psycopg.connect(self.credentials, autocommit=True) as connection:
            connection.execute(f'create schema if not exists "{self.schema}"'.encode())
            place = f'"{self.schema}".orders'
            connection.execute(
                f"create table if not exists {place} (id text, updated_at timestamptz, amount numeric(12,2))".encode()
            )
            for n in range(self.added):
                connection.execute(f"alter table {place} add column if not exists extra{n} text".encode())
            for row in self.held[known:]:
                marks = ", ".join(["%s"] * len(row))
                statement = f"insert into {place} ({', '.join(row)}) values ({marks})"
                connection.execute(statement.encode(), list(row.values()))

    def connect(self) -> AbstractContextManager[Reader]:
        from ingestion.sources.postgres import SOURCE

        return SOURCE.connect()


@dataclass
class Files:
    """Objects in a folder or in S3, read by the real source: some change, some lines have a column too few."""

    url: str
    source = "vendor_files"
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
        from ingestion.object_store import open_store
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


@dataclass
class Offsets:
    """A topic of three partitions, as a stream's reader would serve it; some messages are no JSON."""

    source = "memory"
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

    def slices(self, table: Table, now_us: int) -> list[Slice]:
        return [Slice(f"events/{number}", None, len(log)) for number, log in enumerate(self.partitions) if log]

    def count(self, table: Table, part: Slice) -> int | None:
        return part.high - (part.low or 0)

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        for part in parts:
            log = self.partitions[int(part.unit.rpartition("/")[2])]
            for offset in range(part.low or 0, part.high):
                place = f"{part.unit}:{offset}"
                if log[offset] == b"{no json":
                    yield Rejected(log[offset], "bad_json", "no JSON", place)
                else:
                    yield pa.Table.from_pylist([{**json.loads(log[offset]), "_row_id": place, "_version": offset}])


@dataclass
class Changes:
    """Change files of a database, in commit order: inserts, updates and deletes of a few keys."""

    source = "memory"
    table = Table("payments", key=("payment_id",), kind="changes", deletes="op")
    files: dict[str, list[Row]] = field(default_factory=dict)
    changes: int = 0
    added: int = 0

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        self.added += column
        for _ in range(rng.randint(1, 3)):
            rows = [self._change(rng) for _ in range(rng.randint(1, 20))]
            self.files[f"{len(self.files):08d}.parquet"] = rows + ([{**self._change(rng), "payment_id": None}] * bad)

    def _change(self, rng: Random) -> Row:
        self.changes += 1
        row = {"op": rng.choice("IUD"), "payment_id": f"p{rng.randint(1, 9)}", "commit": self.changes}
        return {**row, **{f"extra{n}": f"{self.changes}" for n in range(self.added)}}

    def connect(self) -> AbstractContextManager[Reader]:
        return nullcontext(ChangeFiles(self.files))

    def rows(self) -> list[Row]:
        return [row for rows in self.files.values() for row in rows if row["payment_id"]]

    def bad(self) -> Counter[str]:
        return Counter(
            f"_version={row['commit']} payment_id=None"
            for rows in self.files.values()
            for row in rows
            if not row["payment_id"]
        )


@dataclass
class ChangeFiles:
    """Reads change files."""

    files: dict[str, list[Row]]

    def slices(self, table: Table, now_us: int) -> list[Slice]:
        return [Slice(f"{name}#e#{len(rows)}", None, 1) for name, rows in self.files.items()]

    def count(self, table: Table, part: Slice) -> int | None:
        return None

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        for part in parts:
            rows = self.files[part.unit.partition("#")[0]]
            placed = [
                {**row, "_row_id": f"{part.unit}:{n}", "_version": row["commit"]} for n, row in enumerate(rows, 1)
            ]
            yield pa.Table.from_pylist(placed)
