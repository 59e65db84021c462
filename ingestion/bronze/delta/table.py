"""The Delta side: opening a table, what it remembers, and commits that carry their `txn`.

txn <app>            where a slice's reading ended (a window's high bound, 1 for a file, the next offset)
txn <app>/load       the instant of the last load, milliseconds: `_ingest_ts` grows, and two loads always collide
txn <app>/quarantine the instant of the last load whose rows in quarantine stand; what is later there is a dead load's
txn <app>/rows       how many rows the last full read brought: one of less than half is refused
txn <app>/newest     how many rows had the largest cursor, where more of them may come: the next window begins with it
txn <app>/ahead      how many rows beyond the source's clock quarantine may hold; see `future`
txn <app>/fence      the token of the lease under which it was committed; whoever has a lower one comes too late
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, QueryBuilder, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, create_table_with_add_actions

from ingestion.bronze import fault_points
from ingestion.bronze.delta import schema_history
from ingestion.bronze.delta.storage import open_table, storage_options
from ingestion.bronze.delta.txns import txns
from ingestion.bronze.errors import ConcurrentLoad, plainly
from ingestion.instants import from_ms
from ingestion.values.types import bronze_type

PARTITION = "_ingest_date"
CONFIGURATION = {"delta.checkpointInterval": "10"}
"""Opening a table reads the commits since its last checkpoint, and every load opens it a few times."""
IN_ORDER = {"datafusion.execution.batch_size": "1000", "datafusion.execution.target_partitions": "1"}
"""The way rows of quarantine are read: so many in memory at a time, one file after the other."""
RECENT = 50
"""Commits that are looked at before the whole log is."""


@dataclass
class Bronze:
    """One Delta table, as of the snapshot it was opened with; `table` is None while there is none."""

    uri: str
    app: str
    table: DeltaTable | None = field(init=False)

    def __post_init__(self) -> None:
        self.reopen()

    def reopen(self) -> None:
        """Look at the table as it is now; raises LakeUnavailable."""
        self.table = open_table(self.uri)

    def committed(self, partition_id: str = "") -> int | None:
        """The version of a partition id's txn in this snapshot; None where it was never loaded."""
        if self.table is None:
            return None
        version: int | None = self.table.transaction_version(f"{self.app}/{partition_id}" if partition_id else self.app)
        return version

    def partition_ids(self) -> dict[str, int]:
        """All partition ids of this snapshot and their versions, read in one pass."""
        if self.table is None:
            return {}
        prefix = f"{self.app}/"
        return {app.removeprefix(prefix): version for app, version in txns(self.table, prefix).items()}

    @property
    def last_load_ms(self) -> int:
        """The instant of the last load, in milliseconds since 1970; 0 before the first."""
        return self.committed("load") or 0

    @property
    def confirmed_ms(self) -> int:
        """The instant up to which the rows in quarantine stand."""
        confirmed = self.committed("quarantine")
        return self.last_load_ms if confirmed is None else confirmed

    @property
    def fence(self) -> int:
        """The highest token of a lease under which this table was loaded; 0 where there was none."""
        return self.committed("fence") or 0

    @property
    def types(self) -> dict[str, pa.DataType]:
        """The table's columns without the partition's; empty where there is no table."""
        if self.table is None:
            return {}
        schema = pa.schema(self.table.schema().to_arrow())
        return {f.name: bronze_type(f.type) for f in schema if f.name != PARTITION}

    @property
    def version(self) -> int:
        """Of this snapshot; -1 where there is no table."""
        return -1 if self.table is None else self.table.version()

    def row_ids(self, versions: tuple[int | None, int] | None, load_id: str | None = None) -> Iterator[pa.RecordBatch]:
        """The `_row_id` of every row, or of those whose `_version` is in [low, high), or of one load.

        Files that have none of them are not read.
        """
        import pyarrow.dataset as ds  # imports pandas, which most loads can do without

        if self.table is None:
            return
        wanted = None
        if versions is not None:
            low, high = versions
            wanted = ds.field("_version") < high
            wanted = wanted if low is None else wanted & (ds.field("_version") >= low)
        if load_id is not None:
            wanted = ds.field("_load_id") == load_id
        yield from self.table.to_pyarrow_dataset().scanner(columns=["_row_id"], filter=wanted).to_batches()

    def rows(self, columns: Sequence[str], rule: str | None = None) -> Iterator[pa.RecordBatch]:
        """Rows of a quarantine table, those columns that it has, a few at a time: a payload may be long.

        Not with Arrow's scanner: of one that isn't read to its end, threads outlive the process's interpreter.
        """
        if self.table is None:
            return
        there = ", ".join(f'"{name}"' for name in columns if name in {**self.types, PARTITION: None})
        wanted = "" if rule is None else f" where rule = {literal(rule)}"
        engine = QueryBuilder(IN_ORDER).register("kept", self.table)
        yield from pa.RecordBatchReader.from_stream(engine.execute(f"select {there} from kept{wanted}"))  # noqa: S608

    def append(self, columns: Mapping[str, pa.DataType], commit: "Commit") -> None:
        """Commit files, txns and metadata at once; new columns come in a commit before it.

        Raises ConcurrentLoad if anything else loaded this table since the snapshot.
        """
        try:
            if self.table is None:
                self._create(columns, commit)
            else:
                self._add_columns(self.table, columns, commit)
                self._record_changes(self.table, commit)
                self.table.create_write_transaction(
                    list(commit.adds), "append", self.table.schema(), PARTITION, commit_properties=commit.properties()
                )
        except CommitFailedError as error:
            raise self._collision(error) from error
        self.reopen()

    def remove(self, predicate: str) -> int:
        """Delete rows; returns how many. Raises ConcurrentLoad if someone else does so now."""
        if self.table is None:
            return 0
        try:
            removed = int(self.table.delete(predicate)["num_deleted_rows"])
        except CommitFailedError as error:
            raise self._collision(error) from error
        self.reopen()
        return removed

    def loads_after(self, ms: int, look_back: int | None = None) -> list[dict[str, Any]]:
        """The commits of loads later than an instant, oldest first; among the last ones, or all that the log keeps."""
        if self.table is None or self.last_load_ms <= ms:
            return []
        commits = self.table.history(look_back or RECENT)
        reaches = len(commits) < RECENT or any(0 < _instant_of(commit) <= ms for commit in commits)
        if look_back is None and not reaches:
            commits = self.table.history()
        return [dict(commit) for commit in reversed(commits) if _instant_of(commit) > ms]

    def _create(self, columns: Mapping[str, pa.DataType], commit: "Commit") -> None:
        fields = [pa.field(name, of, metadata=commit.added(of)) for name, of in columns.items()]
        schema = pa.schema([*fields, (PARTITION, pa.date32())])
        try:
            create_table_with_add_actions(
                self.uri,
                Schema.from_arrow(schema),
                list(commit.adds),
                mode="error",
                partition_by=[PARTITION],
                description=commit.description,
                configuration=CONFIGURATION,
                storage_options=storage_options(),
                commit_properties=commit.properties(),
            )
        except DeltaError as error:
            if "already exists" in str(error):
                raise self._collision(error) from error
            raise

    def _add_columns(self, table: DeltaTable, columns: Mapping[str, pa.DataType], commit: "Commit") -> None:
        new = [pa.field(name, of, metadata=commit.added(of)) for name, of in columns.items() if name not in self.types]
        if new:
            with self._alone(table):
                table.alter.add_columns(list(Schema.from_arrow(pa.schema(new)).fields))

    def _record_changes(self, table: DeltaTable, commit: "Commit") -> None:
        """Columns that the source dropped, brought back, or has in another type."""
        fields = list(table.schema().fields)
        for name, metadata in schema_history.changed(fields, commit.seen, commit.instant, commit.load_id):
            with self._alone(table):
                table.alter.set_column_metadata(name, metadata)

    @contextmanager
    def _alone(self, table: DeltaTable) -> Iterator[None]:
        """delta-rs refuses a txn that came in after the snapshot. This moves the snapshot: nothing may have come in."""
        expected = table.version() + 1
        yield
        table.update_incremental()
        if table.version() != expected:
            raise self._collision(f"version {table.version()} where {expected} was expected")
        fault_points.point("widened")

    def _collision(self, reason: BaseException | str) -> ConcurrentLoad:
        return ConcurrentLoad(
            f"{self.uri}: another load of this table committed first ({plainly(reason)}). Nothing was loaded twice; "
            "run the same command again to load what is left"
        )


@dataclass
class Commit:
    """The content of one commit: partition id -> version, files, and what people may want to know."""

    app: str
    txns: Mapping[str, int]
    adds: Sequence[AddAction] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    """Of the table, if this commit creates it."""
    seen: Mapping[str, pa.DataType | None] = field(default_factory=dict)
    """The columns that the source had, if it says so of all of them; see `history`."""

    @property
    def load_id(self) -> str:
        """The load that commits."""
        return self.metadata.get("load_id", "")

    @property
    def instant(self) -> str:
        """When it was, ISO 8601."""
        return from_ms(self.txns.get("load", 0)).isoformat(timespec="milliseconds")

    def added(self, of: pa.DataType) -> dict[str, str]:
        """The metadata of a column that comes with this commit."""
        return schema_history.first(self.instant, of, self.load_id)

    def properties(self) -> CommitProperties:
        """For delta-rs."""
        transactions = [
            Transaction(f"{self.app}/{unit}" if unit else self.app, version) for unit, version in self.txns.items()
        ]
        return CommitProperties(custom_metadata=dict(self.metadata), app_transactions=transactions)


def _instant_of(commit: Mapping[str, Any]) -> int:
    """When a load's commit was made, in milliseconds since 1970; 0 where it is no load's."""
    return int(commit.get("loaded_ms", 0))


def literal(value: str) -> str:
    """A text in the SQL of delta-rs; it can't end its quotes."""
    return "'" + value.replace("'", "''") + "'"
