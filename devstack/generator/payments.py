"""What the shop's MySQL knows of payments, as DMS drops it: a full load, then change files, two a day.

A payment's life follows its order's: authorized, captured when it ships, voided or refunded, and gone with it, or a
week after it was voided. The task begins when two thirds of the first history are over. A real endpoint writes one
format; here all of them take turns.
"""

import csv
import io
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from devstack.generator import people
from devstack.generator.columns import ids
from devstack.generator.dirt import marks
from devstack.generator.files import File, Row, zipped
from devstack.generator.orders import PAYMENT_METHODS, Orders
from devstack.generator.timeline import DAY, HOUR, MINUTE, NEVER, SECOND, Array, Columns, Timeline, after, microseconds

FOLDER = "shop/payments"
COLUMNS = ("payment_id", "order_id", "customer_id", "method", "status", "amount", "currency", "paid_at", "updated_at")
HEADER = ("Op", "dms_ts", *COLUMNS)
WRITTEN = (12 * HOUR, 22 * HOUR + 30 * MINUTE)
"""When change files are written, after their day's midnight."""
LATE = DAY + 9 * HOUR
ENDINGS = (".parquet", ".csv", ".csv.gz")
STATUSES = ("authorized", "captured", "refunded", "voided")
AUTHORIZED, AMENDED, CAPTURED, REFUNDED, VOIDED, DELETED, GONE, AGAIN = range(8)
"""What may happen to a payment. Of an insert-delete-insert GONE and AGAIN are the second and third."""
ZERO_DATE = "0000-00-00 00:00:00"
NULL = "NULL"


@dataclass(frozen=True)
class Payments:
    """Every payment's life, one position for each order."""

    moments: tuple[Array, ...]
    """For each thing that may happen when it does, in whole seconds."""
    amounts: tuple[Array, Array]
    """Hundredths, before and after an amendment."""
    texts: dict[str, list[str]]

    def row(self, number: int, now: int, op: str, told: int) -> Row:
        """The payment as it is at an instant; `told` is what DMS's own column says."""
        happened = [int(moment[number]) <= now for moment in self.moments]
        status = max(
            (code for code, kind in enumerate((CAPTURED, REFUNDED, VOIDED), start=1) if happened[kind]), default=0
        )
        amount = int(self.amounts[happened[AMENDED]][number])
        paid = int(self.moments[CAPTURED][number]) if happened[CAPTURED] else None
        last = max(int(moment[number]) for moment, has in zip(self.moments, happened, strict=True) if has)
        texts = {name: values[number] for name, values in self.texts.items()}
        money = f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"
        times = {"paid_at": None if paid is None else _mysql(paid), "updated_at": _mysql(last)}
        return {
            "Op": op,
            "dms_ts": f"{_mysql(told)}.000000",
            **texts,
            "status": STATUSES[status],
            "amount": money,
            **times,
        }


def change_files(line: Timeline, orders: Orders, customers: Columns) -> list[File]:
    """Every file there is at the end of `as_of`, in the order in which its changes happened."""
    payments = _draw(orders, customers)
    begin = microseconds(line.dates[line.days * 2 // 3])
    files = [*_full_load(payments, begin), *_changes(line, payments, begin)]
    return [file for file in files if file.delivered < line.end]


def _draw(orders: Orders, customers: Columns) -> Payments:
    heads, number = orders.heads, np.arange(len(orders.heads["created"]))
    twice = marks("cdc", "payments", number).of("insert_delete_insert")
    authorized = heads["created"] + (1 + heads["chance"] % 10) * MINUTE
    gone = np.minimum(heads["deleted"], after(heads["canceled"], np.full_like(authorized, 7 * DAY)))
    moments = [authorized, heads["amended"], heads["shipped"], heads["returned"], heads["canceled"]]
    moments = [np.where(moment + MINUTE < gone, moment + MINUTE, NEVER) for moment in moments]
    moments += [gone, np.where(twice, moments[0] + SECOND, NEVER), np.where(twice, moments[0] + SECOND, NEVER)]
    first, amended = orders.totals(orders.quantities(0)), orders.totals(orders.quantities(NEVER))
    texts = {
        "payment_id": ids("PM", number, 9),
        "order_id": ids("O", number, 9),
        "customer_id": ids("C", heads["customer"], 7),
        "currency": people.currencies(customers["place"][heads["customer"]]),
    }
    lists = {name: column.to_pylist() for name, column in texts.items()}
    lists["method"] = [PAYMENT_METHODS[code] for code in heads["payment"].tolist()]
    seconds = tuple(np.where(moment < NEVER, moment // SECOND * SECOND, NEVER) for moment in moments)
    return Payments(seconds, (first, amended), lists)


def _full_load(payments: Payments, begin: int) -> list[File]:
    """What was there when the task began, in two files; a row's instant is that of its transfer."""
    there = np.flatnonzero((payments.moments[AUTHORIZED] < begin) & (payments.moments[DELETED] >= begin))
    rows = [payments.row(number, begin - SECOND, "I", begin + 5 * MINUTE) for number in there.tolist()]
    halves = (rows[: len(rows) // 2], rows[len(rows) // 2 :])
    return [
        _file(f"LOAD{place:08X}", ending, begin + HOUR, half, [None] * len(half))
        for place, (half, ending) in enumerate(zip(halves, (".parquet", ".csv.gz"), strict=True), start=1)
    ]


def _changes(line: Timeline, payments: Payments, begin: int) -> list[File]:
    found = {kind: np.flatnonzero(moment < line.end) for kind, moment in enumerate(payments.moments)}
    happened = np.concatenate([payments.moments[kind][numbers] for kind, numbers in found.items()])
    kind = np.repeat(list(found), [len(numbers) for numbers in found.values()])
    number = np.concatenate(list(found.values()))
    order = np.lexsort((kind, number, happened))
    happened, kind, number = happened[order], kind[order], number[order]
    days = [day for day in line.dates if microseconds(day) >= begin]
    written = [microseconds(day) + time for day in days for time in WRITTEN]
    places = np.searchsorted(happened, [begin, *written])
    dirt = marks("cdc", "payments", np.arange(len(written)), of="files")
    files = []
    for place, instant in enumerate(written):
        part = slice(places[place], places[place + 1])
        label = dirt.name(place)
        events = zip(*(column[part].tolist() for column in (happened, kind, number)), strict=True)
        file = _change_file(payments, list(events), instant, ENDINGS[place % len(ENDINGS)], label)
        files.append(replace(file, delivered=instant + LATE) if label == "late" else file)
        if label == "redelivered":
            name, _, ending = file.key.partition(".")
            files.append(replace(file, key=f"{name}-copy.{ending}", delivered=instant + LATE, rows=(), dirt=()))
    return files


def _change_file(
    payments: Payments, events: list[tuple[int, int, int]], written: int, ending: str, label: str | None
) -> File:
    rows, dirt = [], []
    zero = marks("cdc", "payments", np.array([number for _, _, number in events], dtype=np.int64))
    for (happened, kind, number), is_zero in zip(events, zero.of("zero_date").tolist(), strict=True):
        op = {AUTHORIZED: "I", AGAIN: "I", DELETED: "D", GONE: "D"}.get(kind, "U")
        row = payments.row(number, happened, op, happened)
        dirty = is_zero and kind == CAPTURED and ending != ".parquet"
        rows.append({**row, "paid_at": ZERO_DATE} if dirty else row)
        again = "insert_delete_insert" if kind in (GONE, AGAIN) else label if label == "late" else None
        dirt.append("zero_date" if dirty else again)
    name = f"{_mysql(written).translate({45: None, 58: None, 32: '-'})}{written // DAY % 1000:03d}"
    return _file(name, ending, written, rows, dirt)


def _file(name: str, ending: str, delivered: int, rows: list[Row], dirt: list[str | None]) -> File:
    data = _parquet(rows) if ending == ".parquet" else _csv(rows)
    return File(f"{FOLDER}/{name}{ending}", delivered, zipped(data) if ending.endswith(".gz") else data, rows, dirt)


def _csv(rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([NULL if row[name] is None else row[name] for name in HEADER] for row in rows)
    return text.getvalue().encode()


def _parquet(rows: list[Row]) -> bytes:
    """No time and no random number goes into it."""
    kinds = {"amount": pa.decimal128(18, 2), "paid_at": pa.timestamp("us"), "updated_at": pa.timestamp("us")}
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in HEADER}
    typed = {name: column.cast(kinds.get(name, column.type)) for name, column in columns.items()}
    buffer = io.BytesIO()
    pq.write_table(pa.table(typed), buffer, compression="snappy")
    return buffer.getvalue()


def _mysql(instant: int) -> str:
    """2026-01-31 08:15:00"""
    return str(np.datetime64(instant // SECOND, "s")).replace("T", " ")
