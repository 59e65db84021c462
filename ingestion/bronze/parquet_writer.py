"""Rows to Parquet files, which dlt takes over as they are.

dlt's own writer tries a dictionary for every column: for ids that never repeat that is a third of the work, and a third
of the size. Here the first rows of a file say which columns repeat. A thread of its own writes while the next rows are
read and checked.
"""

import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FILE_BYTES = 256 * 2**20
"""About the size that engines read best; a file ends with the batch that passes it."""
SAMPLE = 4_096
"""Rows that tell whether a column repeats."""


@dataclass(frozen=True)
class Written:
    """A whole file, to be removed by whoever took it."""

    path: Path
    rows: pa.Table
    """None, in the columns of the file."""
    number: int


class ParquetWriter:
    """Writes the rows of one table, as few files as its columns and FILE_BYTES allow."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="parquet")
        self._writing: Future[None] | None = None
        self._open: tuple[Path, pq.ParquetWriter] | None = None
        self._rows = 0

    def __enter__(self) -> "ParquetWriter":
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        self._thread.shutdown()
        if self._open:
            self._open[1].close()

    def add(self, rows: pa.Table) -> Iterator[Written]:
        """Have rows written; yields the file before, if it is full or has other columns."""
        self._wait()
        if self._open and (self._open[1].schema != rows.schema or self._open[0].stat().st_size >= FILE_BYTES):
            yield from self.end()
        if self._open is None:
            path = self._folder / f"{uuid.uuid4().hex}.parquet"
            self._open = path, pq.ParquetWriter(path, rows.schema, compression="zstd", use_dictionary=repeating(rows))
        self._rows += rows.num_rows
        self._writing = self._thread.submit(self._open[1].write_table, rows)

    def end(self) -> Iterator[Written]:
        """Yields the last file, if there is one."""
        self._wait()
        if self._open:
            (path, writer), rows = self._open, self._rows
            self._open, self._rows = None, 0
            writer.close()
            yield Written(path, writer.schema.empty_table(), rows)

    def _wait(self) -> None:
        if self._writing:
            self._writing.result()


def repeating(rows: pa.Table) -> list[str]:
    """The columns of which the first rows hold every value twice or more, on average."""
    first = rows.slice(0, SAMPLE)
    return [name for name in rows.column_names if pc.count_distinct(first.column(name)).as_py() * 2 <= first.num_rows]
