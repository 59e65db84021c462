"""What vendors ask for their goods: price_list/<day>.csv.gz."""

import csv
import io

import numpy as np

from devstack.generator.dirt import Marks
from devstack.generator.files import File, Row, deliver, zipped
from devstack.generator.places import ODD_TEXTS
from devstack.generator.products import price_at, sku
from devstack.generator.timeline import Columns, Timeline, microseconds

VENDORS = (
    ("USD", 1.0), ("EUR", 0.92), ("GBP", 0.79), ("JPY", 150.0), ("CNY", 7.2), ("USD", 1.0), ("EUR", 0.92), ("SEK", 10.5)
)  # fmt: skip
"""Each vendor's currency, and what it counts a dollar as."""
HEADER = ("vendor_id", "sku", "unit_cost", "currency", "valid_from")
_NO_COSTS = ("n/a", "", "-3.50", "1.234,56", "call us")
_NO_DATES = ("31/31/2026", "soon", "", "2026-13-01")
_BOM = b"\xef\xbb\xbf"


def vendor_id(vendor: int) -> str:
    """V01, V02 …"""
    return f"V{vendor + 1:02d}"


def price_list_files(line: Timeline, products: Columns) -> list[File]:
    """Every file delivered up to `as_of`."""
    there = line.born_before(products["created"])
    days = [
        _announced(line, products, position, int(there[position - 1]) if position else 0, int(there[position]))
        for position in range(len(line.dates))
    ]
    return deliver(line, "price_list", ".csv.gz", days, _write)


def _announced(line: Timeline, products: Columns, position: int, known: int, count: int) -> Columns:
    """All prices on the first day, then each day a seventh of them, and those of new goods."""
    rng, number = line.stream("price_list", line.dates[position]), np.arange(count)
    listed = number[((number + position) % 7 == 0) | (number >= known)]
    second = listed[(listed % 2 == 0) & ((listed * 5 + 3) % len(VENDORS) != listed % len(VENDORS))]
    product = np.concatenate([listed, second])
    vendor = np.concatenate([listed % len(VENDORS), (second * 5 + 3) % len(VENDORS)])
    midnight = microseconds(line.dates[position])
    dollars = price_at(products, product, np.full(len(product), midnight))
    share = 0.42 + (product * 31 + vendor * 17) % 25 / 100 + rng.normal(0, 0.01, len(product))
    cost = np.rint(dollars * share * np.array([rate for _, rate in VENDORS])[vendor]).astype(np.int64)
    order = np.lexsort((product, vendor))
    day = np.full(len(product), midnight // 86_400_000_000)
    return {"vendor": vendor[order], "product": product[order], "cost": np.maximum(cost[order], 1), "day": day}


def _write(rows: Columns, found: Marks, kind: str | None) -> tuple[bytes, list[Row], list[str | None]]:
    """The file's bytes and rows; `kind` is the dirt of the whole file."""
    if kind == "empty_file":
        return b"", [], []
    partial = kind == "header_missing_column"
    header = [name for name in HEADER if not partial or name != "currency"]
    records, read, dirt = [_record(header)], [], []
    for position, row in enumerate(_rows(rows)):
        label = kind if partial else found.name(position)
        row, raw = _soiled(row, header, label, position)
        records.append(raw)
        read.append(row)
        dirt.append(label)
    data = b"".join(records)
    if kind == "torn_line" and read:
        data += f"{read[-1]['vendor_id'][:3]},{read[-1]['sku']}".encode()
        read, dirt = [*read, {}], [*dirt, kind]
    if kind == "truncated_gzip":
        whole = zipped(data)
        return whole[: len(whole) * 2 // 3], [{}], [kind]
    return zipped((_BOM if kind == "bom" else b"") + data), read, dirt


def _rows(rows: Columns) -> list[Row]:
    dates = np.datetime_as_string(rows["day"].astype("datetime64[D]")).tolist()
    columns = (rows["vendor"].tolist(), rows["product"].tolist(), rows["cost"].tolist(), dates)
    return [
        {
            "vendor_id": vendor_id(vendor),
            "sku": sku(product),
            "unit_cost": f"{cost // 100}.{cost % 100:02d}",
            "currency": VENDORS[vendor][0],
            "valid_from": day,
        }
        for vendor, product, cost, day in zip(*columns, strict=True)
    ]


def _soiled(row: Row, header: list[str], kind: str | None, position: int) -> tuple[Row, bytes]:
    """The row as it is read, and its bytes."""
    number = int(row["sku"][-6:])
    if kind == "bad_unit_cost":
        row = {**row, "unit_cost": _NO_COSTS[number % len(_NO_COSTS)]}
    elif kind == "bad_valid_from":
        row = {**row, "valid_from": _NO_DATES[number % len(_NO_DATES)]}
    elif kind == "odd_text":
        row = {**row, "vendor_id": f"{row['vendor_id']}, {ODD_TEXTS[position % len(ODD_TEXTS)]}"}
    fields = [row[name] for name in header]
    if kind == "missing_column":
        return row, _record(fields[:-1])
    if kind == "extra_column":
        return row, _record([*fields, "?"])
    if kind == "latin1":
        return row, _record(["Müller & Söhne", *fields[1:]], "latin-1")
    return row, _record(fields)


def _record(fields: list[str], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields)
    return text.getvalue().encode(encoding)
