"""One load of a table that is read whole: what differs lands, and keys that the source no longer has are marked.

The load's instant is the `_version` of what lands, the version of the txn, and the instant of deletions. A row's id is
that of its values and its predecessor: A, B and A again are three rows, and a load that died makes the same ids again.
"""

from collections.abc import Iterator

import pyarrow as pa

from ingestion.bronze.deletions import check_remaining, key_teller
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import BronzeError
from ingestion.bronze.full_read import FullRead
from ingestion.bronze.rows.audit_columns import Stamping
from ingestion.bronze.rows.contract import Contract
from ingestion.bronze.slices.plan import Plan
from ingestion.columns import ADDED
from ingestion.source import Reader
from ingestion.values.cast import plain_layout, try_cast
from ingestion.values.naming import snake

READ_AT_ONCE = 50_000
"""Rows of bronze that are compared at a time."""


class FullLoad:
    """The rows of one load, from the source to bronze."""

    def __init__(self, plan: Plan, contract: Contract, stamping: Stamping, ms: int, *, allow_shrink: bool) -> None:
        self._plan, self._contract, self._stamping = plan, contract, stamping
        self._version, self._allow_shrink = ms * 1000, allow_shrink
        self.unchanged = 0
        """Rows that bronze holds already; known after `landing`."""
        self._read = compared(plan.target, contract.key)
        if self._read.latest_version >= self._version:
            raise BronzeError(
                f"{plan.name}: it holds a _version of {self._read.latest_version}, which this load's instant, "
                f"{self._version}, does not exceed: silver would never see what this load brings. A cursor wrote it; "
                "load the table under another name (a view of the source), or name the cursor in its spec again"
            )

    def add(self, rows: pa.Table) -> None:
        """Take rows that kept the contract."""
        self._read.add(rows)

    def landing(self) -> Iterator[pa.Table]:
        """Return what differs from bronze, with the columns that bronze adds."""
        self.unchanged = self._read.rows
        for rows, predecessors in self._read.landing():
            self.unchanged -= rows.num_rows
            yield self._stamping.stamped(rows, predecessors)

    def gone(self, reader: Reader, *, some_were_bad: bool) -> Iterator[pa.Table]:
        """The keys to mark as deleted, with the deletion's instant; raises SourceShrunk where they are many.

        A row that broke a rule did not bring its key, so the source is asked for all its keys then.
        """
        table = self._plan.table
        if table.deletes != "sweep":
            return
        gone = self._read.gone(self._keys(reader) if some_were_bad else ())
        if not self._allow_shrink:
            check_remaining(self._plan.name, gone.num_rows, self._read.alive)
        if gone.num_rows:
            yield gone.append_column("_at", pa.repeat(pa.scalar(self._version - 1, pa.int64()), gone.num_rows))

    def _keys(self, reader: Reader) -> Iterator[pa.Table]:
        """Every key of the source, in bronze's names and types."""
        types = self._contract.types
        for batch in key_teller(reader, self._plan.table, self._plan.name).keys(self._plan.table):
            columns = {snake(name): plain_layout(batch.column(name)) for name in batch.column_names}
            yield pa.table({name: try_cast(columns[name], types[name])[0] for name in self._contract.key})


def compared(target: Bronze, key: tuple[str, ...]) -> FullRead:
    """A read to compare with what a table of bronze holds."""

    def held(columns: list[str]) -> Iterator[pa.Table]:
        if target.table is None:
            return
        scanner = target.table.to_pyarrow_dataset().scanner(
            columns=columns, batch_size=READ_AT_ONCE, batch_readahead=1, fragment_readahead=1
        )
        for batch in scanner.to_batches():
            yield pa.Table.from_batches([batch])

    own = [name for name in target.types if name not in ADDED or name in ("_version", "_ingest_ts")]
    return FullRead(key, own, held)  # type: ignore[arg-type]
