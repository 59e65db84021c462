"""The names that AWS DMS gives files on S3, and the order of changes that they make.

A change's version is its file's instant and its number in the file; a row of a full load has the instant of its own
transfer. DMS writes a table's changes only after its rows were transferred, so one order holds for both.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.protocols.files.store import Stored

NAME = re.compile(
    r"(?P<stem>LOAD(?P<load>[0-9A-F]{3,})|(?P<written>\d{8}-\d{6})(?P<fraction>\d{3,4}))"
    r"(?:[-_][^./]*)?(?P<ending>\.(?:csv|parquet)(?:\.gz)?)"
)
"""A number or an instant; then whatever who copied the file put there."""
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=100)
"""The finest step between the names of two files."""
ROWS_OF_A_TICK = 2**18
"""A larger file reaches into the ticks after its own, in which DMS is still busy writing it."""


@dataclass(frozen=True)
class ChangeFile:
    """A file of DMS, by its name alone."""

    stored: Stored
    name: re.Match[str]

    @property
    def is_full_load(self) -> bool:
        """True if it belongs to a full load."""
        return self.name["load"] is not None

    @cached_property
    def sequence(self) -> int:
        """The file's place among its kind: the number of a full load's file, yyyyMMddHHmmssSSS of a change file."""
        return int(self.name["load"], 16) if self.is_full_load else int(self._written.replace("-", ""))

    @cached_property
    def tick(self) -> int:
        """When it was written, in ticks since 2000; 0 for a full load's, whose rows have instants of their own."""
        if self.is_full_load:
            return 0
        return (datetime.strptime(self._written + "+0000", "%Y%m%d-%H%M%S%f%z") - FIRST) // TICK

    @property
    def _written(self) -> str:
        return f"{self.name['written']}{self.name['fraction']}"

    @property
    def partition_id(self) -> str:
        """The id of this version of the file: its copies share it."""
        return f"{self.name['stem']}{self.name['ending']}#{self.stored.etag}#{self.stored.size}"

    @property
    def place(self) -> tuple[bool, int, str]:
        """Sorts files: full loads first."""
        return (not self.is_full_load, self.sequence, self.stored.key)

    def row_id(self, number: int) -> str:
        """Names one of its rows: 32 hex digits."""
        return hashlib.md5(f"{self.partition_id}:{number}".encode(), usedforsecurity=False).hexdigest()

    def changed(self, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
        """The versions of a change file's rows: after all files written before, in the order of the file."""
        return pc.add(numbers, self.tick * ROWS_OF_A_TICK)

    def loaded(self, instants: pa.ChunkedArray) -> pa.ChunkedArray:
        """The versions of a full load's rows, by the instant of each one's transfer."""
        since = pc.subtract(instants.cast(pa.int64()), int(FIRST.timestamp()) * 1_000_000)
        return pc.multiply(pc.divide(since, TICK // timedelta(microseconds=1)), ROWS_OF_A_TICK)


def change_file(stored: Stored) -> ChangeFile | None:
    """The file that this object is, None where its name is none of DMS's."""
    name = NAME.fullmatch(stored.key.rpartition("/")[2])
    try:
        file = ChangeFile(stored, name) if name else None
        return file if file is None or file.tick >= 0 else None
    except ValueError:  # 20261399-…: digits that are no instant
        return None
