"""Two small tables with what engines disagree about: NULLs, equal keys, edges of types, awkward text."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

SCHEMA = "diff"
KINDS = {
    "id": "int",
    "k": "int",
    "code": "string",
    "name": "string",
    "amount": "decimal",
    "rate": "decimal",
    "ratio": "double",
    "day": "date",
    "at": "timestamp",
    "flag": "boolean",
}
"""Column -> its kind in the grammar; the same in both tables."""
TYPES = pa.schema(
    {
        "id": pa.int64(),
        "k": pa.int32(),
        "code": pa.string(),
        "name": pa.string(),
        "amount": pa.decimal128(10, 2),
        "rate": pa.decimal128(12, 6),
        "ratio": pa.float64(),
        "day": pa.date32(),
        "at": pa.timestamp("us", "UTC"),
        "flag": pa.bool_(),
    }
)
VALUES: dict[str, list[Any]] = {
    "k": [None, 0, 1, 1, 2, 3, -7, 2_000_000],
    "code": [None, "a", "A", "b", "", "12", "-3.50"],
    "name": [
        None,
        "",
        " ",
        "Ada Lovelace",
        "ada lovelace",
        "Zoë Ölander",
        "it's",
        "x_y%z",
        "tail  ",
        "a\\b",
        "日本 語",
    ],
    "amount": [None, *map(Decimal, ("0.00", "0.01", "-0.05", "1.00", "2.00", "2.50", "99999.99", "-1234.55"))],
    "rate": [None, *map(Decimal, ("0.000001", "1.000000", "0.333333", "1.234567", "-2.500000", "1000.5"))],
    "ratio": [None, 0.0, 0.1, -2.5, 3.5, 1e6, 1e-3, 123456.789],
    "day": [None, *map(date.fromisoformat, ("2024-02-29", "2023-12-31", "2024-01-01", "1999-03-31", "2026-10-16"))],
    "at": [
        None,
        datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2023, 12, 31, 23, 30, tzinfo=UTC),
        datetime(2024, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
        datetime(2026, 10, 16, 12, 0, 0, 500000, tzinfo=UTC),
    ],
    "flag": [None, True, False],
}
ROWS = {"sales": 40, "parts": 25}


def write(root: Path) -> None:
    """Write the tables as Delta below `<root>/diff`; their rows are always the same."""
    random = Random(0)  # noqa: S311
    for table, count in ROWS.items():
        rows = [
            {"id": number} | {name: random.choice(held) for name, held in VALUES.items()} for number in range(count)
        ]
        write_deltalake(root / SCHEMA / table, pa.Table.from_pylist(rows, TYPES))
