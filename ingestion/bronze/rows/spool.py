"""Rows that wait on disk: batches in order, each with the columns that it has."""

import tempfile
from collections.abc import Iterator

import pyarrow as pa

COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


class Spool:
    """A file without a name, so a process that dies leaves nothing behind."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (it lives as long as the spool)
        self._starts: list[int] = []

    def add(self, rows: pa.Table) -> None:
        """Put a batch behind the others."""
        self._starts.append(self._file.seek(0, 2))
        with pa.ipc.new_stream(self._file, rows.schema, options=COMPRESSED) as stream:
            stream.write_table(rows)

    def __iter__(self) -> Iterator[pa.Table]:
        """The batches, as they were added."""
        for start in self._starts:
            self._file.seek(start)
            with pa.ipc.open_stream(self._file) as stream:
                yield stream.read_all()
