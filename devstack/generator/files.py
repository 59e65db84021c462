"""Files as vendors drop them. The same rows make the same bytes, always."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from devstack.generator.dirt import Marks, marks
from devstack.generator.timeline import DAY, HOUR, MINUTE, SECOND, Columns, Timeline, microseconds

DELIVERED = 22 * HOUR + 15 * MINUTE
"""When a day's file is there, after its midnight."""
RESENT = DAY + 9 * HOUR
"""When it comes again."""
TURNS = ("price_list", "shipments", "returns")
"""Whose file comes again on the days after the first, in turn."""

Row = dict[str, Any]
Write = Callable[[Columns, Marks, str | None], tuple[bytes, list[Row], list[str | None]]]
"""From a day's rows, their dirt and the file's dirt to its bytes, and the rows one can read in them with their dirt."""


@dataclass(frozen=True)
class File:
    """A delivered file and what is in it."""

    key: str
    delivered: int
    """Microseconds since 1970."""
    data: bytes
    rows: Sequence[Row]
    """What one reads in it. A file that can't be read at all has one row without values."""
    dirt: Sequence[str | None]
    """One for each row."""


def deliver(line: Timeline, table: str, ending: str, days: Sequence[Columns], write: Write) -> list[File]:
    """A file for each day, and those that come a second time; `days` are the days' rows."""
    kinds, files, born = marks("vendor_files", table, np.arange(len(days)), of="files"), [], 0
    for position, (day, rows) in enumerate(zip(line.dates, days, strict=True)):
        numbers = born + np.arange(len(next(iter(rows.values()))))
        born += len(numbers)
        written = write(rows, marks("vendor_files", table, numbers), kinds.name(position))
        files.append(File(f"{table}/{day}{ending}", microseconds(day) + DELIVERED, *written))
    return files + list(_again(line, table, files, kinds))


def _again(line: Timeline, table: str, files: Sequence[File], kinds: Marks) -> Iterator[File]:
    """The same bytes under another name, a day later."""
    for position, (file, day) in enumerate(zip(files, line.dates, strict=True)):
        turn = day >= line.first and TURNS[(day - line.first).days % len(TURNS)] == table
        again = kinds.name(position) == "redelivered" or (turn and kinds.name(position) is None)
        if again and microseconds(day) + RESENT < line.end:
            name, _, ending = file.key.partition(".")
            dirt = [kind or "redelivered" for kind in file.dirt]
            yield replace(file, key=f"{name}-resend.{ending}", delivered=microseconds(day) + RESENT, dirt=dirt)


def zipped(data: bytes) -> bytes:
    """gzip without a time in it."""
    return gzip.compress(data, mtime=0)


def iso(instant: int) -> str:
    """2026-01-31T08:15:00Z"""
    return datetime.fromtimestamp(instant // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
