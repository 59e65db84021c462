"""A table in MySQL, and what AWS DMS would write of it."""

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = ("payment_id", "order_id", "customer_id", "method", "status", "amount", "currency", "paid_at", "updated_at")
BEGIN = datetime(2026, 10, 1, 8, tzinfo=UTC)
Change = dict[str, Any]


@dataclass
class Mysql:
    """The table as it is, and its changes since the last file. A change takes no time: commit instants tie."""

    rows: dict[str, Change] = field(default_factory=dict)
    now: datetime = BEGIN
    log: list[Change] = field(default_factory=list)

    def toggle(self, key: str, amount: int) -> None:
        """Insert the row, or delete it if it is there."""
        if key in self.rows:
            self._say("D", self.rows.pop(key))
        else:
            self._say("I", self._put(key, amount))

    def update(self, key: str, amount: int) -> None:
        """Change the row, if it is there."""
        if key in self.rows:
            self._say("U", self._put(key, amount))

    def full_load(self, ending: str) -> tuple[str, bytes]:
        """A file with every row as it is now; a task starts with it, so what happened before is not told again."""
        self.now += timedelta(minutes=1)
        self.log = []
        return f"LOAD00000001{ending}", written([self._told("I", row) for row in self.rows.values()], ending)

    def change_file(self, ending: str) -> tuple[str, bytes]:
        """A file with the changes since the last one."""
        changes, self.log = self.log, []
        self.now += timedelta(milliseconds=1)
        return f"{self.now:%Y%m%d-%H%M%S}{self.now.microsecond // 1000:03d}{ending}", written(changes, ending)

    def _put(self, key: str, amount: int) -> Change:
        texts = {"order_id": "O1", "customer_id": 'C "1", é', "method": None, "status": "", "currency": "EUR"}
        times = {"paid_at": None, "updated_at": BEGIN}
        self.rows[key] = {"payment_id": key, **texts, "amount": Decimal(amount) / 100, **times}
        return self.rows[key]

    def _say(self, op: str, row: Change) -> None:
        self.log.append(self._told(op, row))

    def _told(self, op: str, row: Change) -> Change:
        return {"Op": op, "dms_ts": f"{self.now:%Y-%m-%d %H:%M:%S.%f}", **row}


def written(changes: list[Change], ending: str) -> bytes:
    """Rows as a file of this ending."""
    if ending == ".parquet":
        return _parquet(changes)
    changes = [{name: _mysql(value) for name, value in change.items()} for change in changes]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = ("Op", "dms_ts", *COLUMNS)
    writer.writerow(names)
    writer.writerows(["NULL" if row[name] is None else row[name] for name in names] for row in changes)
    data = text.getvalue().encode()
    return gzip.compress(data, mtime=0) if ending.endswith(".gz") else data


def _mysql(value: Any) -> Any:
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value


def _parquet(changes: list[Change]) -> bytes:
    kinds = {"amount": pa.decimal128(18, 2), "paid_at": pa.timestamp("us"), "updated_at": pa.timestamp("us")}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in ("Op", "dms_ts", *COLUMNS)])
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(changes, schema), buffer)
    return buffer.getvalue()


def source_rows(database: Mysql) -> Iterator[tuple[Any, ...]]:
    """The table's rows, as silver has them."""
    for row in database.rows.values():
        yield tuple(row[name] for name in COLUMNS)
