"""What customers sent back: returns/<day>.parquet, also on days without any."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from devstack.generator.dirt import Marks
from devstack.generator.files import File, Row, deliver, iso
from devstack.generator.ledger import returned_lines
from devstack.generator.orders import Orders
from devstack.generator.places import ODD_TEXTS
from devstack.generator.products import sku
from devstack.generator.timeline import DAY, MINUTE, NEVER, SECOND, Columns, Timeline, microseconds

_REASONS = ("too small", "damaged", "not as described", "arrived late", "changed my mind", None)
_TEXTS = ("return_id", "order_id", "sku", "reason")


def returns_files(line: Timeline, orders: Orders) -> list[File]:
    """Every file delivered up to `as_of`."""
    order = orders.lines["order"]
    back = np.flatnonzero(returned_lines(orders) & (orders.heads["returned"] < line.end)[order])
    at = orders.heads["returned"][order[back]] // SECOND * SECOND + orders.lines["line"][back] * MINUTE
    sequence = np.lexsort((back, at))
    back, at = back[sequence], at[sequence]
    columns = {name: orders.lines[name][back] for name in ("order", "line", "product")}
    columns |= {"quantity": orders.quantities(NEVER)[back], "at": at}
    days = []
    for day in line.dates:
        today = slice(*np.searchsorted(at, [microseconds(day), microseconds(day) + DAY]))
        days.append({name: column[today] for name, column in columns.items()})
    return deliver(line, "returns", ".parquet", days, _write)


def _write(rows: Columns, found: Marks, kind: str | None) -> tuple[bytes, list[Row], list[str | None]]:
    """The file's bytes and rows; `kind` is the dirt of the whole file."""
    read: list[Row] = []
    dirt: list[str | None] = []
    for position, row in enumerate(_rows(rows)):
        label = found.name(position)
        if label == "odd_text":
            row["reason"] = ODD_TEXTS[row["quantity"] % len(ODD_TEXTS)]
        elif label == "orphan_order":
            row["order_id"] = "O9" + row["order_id"][2:]
        if label == "exact_copy":
            read, dirt = [*read, row], [*dirt, label]
        read, dirt = [*read, row], [*dirt, None if label == "exact_copy" else label]
    if kind == "changed_type":
        dirt = [kind] * len(read)
    return _parquet(read, pa.string() if kind == "changed_type" else pa.int64()), read, dirt


def _rows(rows: Columns) -> list[Row]:
    names = ("order", "line", "product", "quantity", "at")
    return [
        {
            "return_id": f"R{order:09d}{line}",
            "order_id": f"O{order:09d}",
            "sku": sku(product),
            "quantity": quantity,
            "reason": _REASONS[(order + line) % len(_REASONS)],
            "returned_at": iso(at),
        }
        for order, line, product, quantity, at in zip(*(rows[name].tolist() for name in names), strict=True)
    ]


def _parquet(rows: list[Row], quantity: pa.DataType) -> bytes:
    """No time and no random number goes into it."""
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in _TEXTS}
    columns["quantity"] = pa.array([row["quantity"] for row in rows], pa.int64()).cast(quantity)
    columns["returned_at"] = pa.array([row["returned_at"] for row in rows], pa.string()).cast(pa.timestamp("us", "UTC"))
    order = ("return_id", "order_id", "sku", "quantity", "reason", "returned_at")
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: columns[name] for name in order}), buffer, compression="snappy")
    return buffer.getvalue()
