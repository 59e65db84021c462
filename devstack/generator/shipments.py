"""What vendors ship to the warehouses, told when it leaves and when it arrives: shipments/<day>.jsonl.gz."""

import json
from collections.abc import Iterator

import numpy as np

from devstack.generator.dirt import Marks
from devstack.generator.files import File, Row, deliver, iso, zipped
from devstack.generator.orders import Orders
from devstack.generator.price_list import VENDORS, vendor_id
from devstack.generator.products import WAREHOUSES, sku
from devstack.generator.stock import order_movements, place
from devstack.generator.timeline import (
    DAY,
    NEVER,
    SECOND,
    Array,
    Columns,
    Timeline,
    after,
    concatenate,
    day_of,
    maybe,
    microseconds,
    moments,
)  # fmt: skip

SHIPMENTS = 3_600
_NO_INSTANTS = ("32.13.2026", "yesterday", "")
_NO_COUNTS: tuple[object, ...] = ("twelve", 2.5, [12])
_NO_JSON = ('{"shipment_id": "SH", "quantity": }', "{'shipment_id': 'SH'}", "shipment_id=SH", '{"shipment_id": "SH"')
_NO_OBJECTS = ('["SH", 12]', "42", '"a text"', "null")


def shipment_files(line: Timeline, products: Columns, orders: Orders) -> list[File]:
    """Every file delivered up to `as_of`."""
    everything = draw_shipments(line, products, orders)
    left, arrived = day_of(everything["shipped"]), day_of(everything["received"])
    days = []
    for day in line.dates:
        today = microseconds(day) // DAY
        rows = np.concatenate([np.flatnonzero(left == today), np.flatnonzero(arrived == today)])
        taken = {name: column[rows] for name, column in everything.items()}
        taken["received"] = np.where(day_of(taken["received"]) == today, taken["received"], NEVER)
        days.append({"number": rows, **taken})
    return deliver(line, "shipments", ".jsonl.gz", days, _write)


def draw_shipments(line: Timeline, products: Columns, orders: Orders) -> Columns:
    """Every shipment up to `as_of`. Places take turns; each gets what orders took and no shipment brings."""
    there, places, born = line.born_before(products["created"]), len(WAREHOUSES), 0
    taken, chunks = np.zeros(len(products["created"]) * places, np.int64), []
    days = zip(line.dates, line.births(max(4 * line.days, SHIPMENTS * line.scale)), _taken(line, orders), strict=True)
    for position, (day, count, today) in enumerate(days):
        rng = line.stream("shipments", day)
        shipped = moments(rng, count, day) // SECOND * SECOND
        turn = (born + np.arange(count)) % (there[position] * places)
        asked = np.maximum(1, taken[turn])
        chunk = {
            "product": turn // places,
            "warehouse": turn % places,
            "quantity": np.where(asked > 10, -(-asked // 5) * 5, asked),
            "shipped": shipped,
            "expected": shipped + rng.integers(5, 9, count) * DAY,
            "received": after(shipped, maybe(rng, count, 0.95, 3, 12)) // SECOND * SECOND,
        }
        chunks.append(chunk)
        taken[turn] -= np.where(chunk["received"] < NEVER, chunk["quantity"], 0)
        np.add.at(taken, *today)
        born += count
    return concatenate(chunks)


def _taken(line: Timeline, orders: Orders) -> Iterator[tuple[Array, Array]]:
    """For each day the places that orders took pieces from or brought some back to, and how many they took."""
    moves = order_movements(orders)
    day, places = day_of(moves["at"]), place(moves)
    for date in line.dates:
        today = np.flatnonzero(day == microseconds(date) // DAY)
        yield places[today], -moves["quantity"][today]


def _write(rows: Columns, found: Marks, kind: str | None) -> tuple[bytes, list[Row], list[str | None]]:
    """The file's bytes and rows; `kind` is the dirt of the whole file."""
    if kind == "empty_file":
        return zipped(b""), [], []
    read = _rows(rows)
    dirt = [found.name(position) for position in range(len(read))]
    lines = [
        _soiled(row, label, position) + b"\n" for position, (row, label) in enumerate(zip(read, dirt, strict=True))
    ]
    if kind == "torn_line" and read:
        whole = json.dumps(read[-1]).encode()
        lines, read, dirt = [*lines, whole[: len(whole) // 2]], [*read, {}], [*dirt, kind]
    return zipped(b"".join(lines)), read, dirt


def _rows(rows: Columns) -> list[Row]:
    return [
        {
            "shipment_id": f"SH{number:09d}",
            "vendor_id": vendor_id(product % len(VENDORS)),
            "sku": sku(product),
            "warehouse_id": WAREHOUSES[warehouse],
            "quantity": quantity,
            "shipped_at": iso(shipped),
            "expected_at": iso(expected),
            "received_at": iso(received) if received < NEVER else None,
        }
        for number, product, warehouse, quantity, shipped, expected, received in zip(
            *(rows[name].tolist() for name in _COLUMNS), strict=True
        )
    ]


_COLUMNS = ("number", "product", "warehouse", "quantity", "shipped", "expected", "received")


def _soiled(row: Row, kind: str | None, position: int) -> bytes:
    """The row's bytes, without a line end."""
    if kind == "bad_json":
        return _NO_JSON[position % len(_NO_JSON)].encode()
    if kind == "json_not_object":
        return _NO_OBJECTS[position % len(_NO_OBJECTS)].encode()
    if kind == "latin1":
        return json.dumps({**row, "vendor_id": "Müller"}, ensure_ascii=False).encode("latin-1")
    if kind == "bad_timestamp":
        row = {**row, "shipped_at": _NO_INSTANTS[position % len(_NO_INSTANTS)]}
    if kind == "wrong_type":
        row = {**row, "quantity": _NO_COUNTS[position % len(_NO_COUNTS)]}
    return json.dumps(row).encode()
