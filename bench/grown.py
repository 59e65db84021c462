"""`lakehouse ingest` of one table that grows, as a whole command: `python -m bench.grown ROWS`."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext

import pyarrow as pa

from ingestion.clock import Clock
from ingestion.source import Source
from ingestion.spec import Rejected, Slice, Table
from operations import loading
from operations.commands import ingest

TABLE = Table("grown", key=("id",), cursor="id")


class Counter:
    """A source of whole numbers from 0, which grows."""

    def __init__(self, rows: int = 0) -> None:
        self.rows = rows

    @property
    def source(self) -> Source:
        """As the loader knows it."""
        return Source("bench", (TABLE,), lambda: nullcontext(self))

    def slices(self, table: Table, clock: Clock) -> Sequence[Slice]:
        """One window up to the newest."""
        return [Slice("", None, self.rows)] if self.rows else []

    def count(self, table: Table, part: Slice) -> int:
        """Rows of a window."""
        return part.high - (part.low or 0)

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        """The numbers, with a text."""
        for part in parts:
            ids = pa.array(range(part.low or 0, part.high), pa.int64())
            yield pa.table({"id": ids, "text": pa.array([f"row {n}" for n in ids.to_pylist()])})


def main(rows: str) -> None:
    """The command, with no source but this one; whoever starts it has pointed its environment at the services."""
    source = Counter(int(rows)).source
    ingest.use_local_services = lambda settings: settings  # type: ignore[attr-defined]
    loading.load_sources = lambda: {source.name: source}  # type: ignore[attr-defined]
    ingest.command(["--json"])


if __name__ == "__main__":
    main(*sys.argv[1:])
