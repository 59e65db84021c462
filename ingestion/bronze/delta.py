"""The Delta side: opening a table, what it remembers, and commits that carry their `txn`.

txn <app>            where a slice's reading ended (a window's high bound, 1 for a file, the next offset)
txn <app>/load       the instant of the last load, milliseconds: `_ingest_ts` grows, and two loads always collide
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, create_table_with_add_actions

from ingestion.bronze import types
from ingestion.bronze.errors import ConcurrentLoad, LakeUnavailable, plainly

PARTITION = "_ingest_date"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def storage_options() -> dict[str, str]:
    """What delta-rs must know to reach S3: the AWS_* variables; without keys it asks the machine's role.

    It can't read profiles; where AWS_PROFILE names one, its keys are given.
    """
    options = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    if "AWS_PROFILE" in options and "AWS_ACCESS_KEY_ID" not in options:
        options |= _profile_keys()
    return options


def _profile_keys() -> dict[str, str]:
    from boto3.session import Session  # slow, and rarely needed

    session = Session()
    found = session.get_credentials()
    keys = found.get_frozen_credentials() if found else None
    values = {
        "AWS_ACCESS_KEY_ID": keys and keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys and keys.secret_key,
        "AWS_SESSION_TOKEN": keys and keys.token,
        "AWS_REGION": os.environ.get("AWS_REGION") or session.region_name,
    }
    return {name: value for name, value in values.items() if value}


def open_table(uri: str) -> DeltaTable | None:
    """The table as it is now, None where there is none; raises LakeUnavailable."""
    try:
        return DeltaTable(uri, storage_options=storage_options())
    except TableNotFoundError:
        return None
    except (OSError, DeltaError) as error:
        raise LakeUnavailable(f"the lake's table {uri} can't be opened: {plainly(error)}") from error


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

    def committed(self, unit: str = "") -> int | None:
        """The version of a unit's txn in this snapshot; None where it was never loaded."""
        if self.table is None:
            return None
        version: int | None = self.table.transaction_version(f"{self.app}/{unit}" if unit else self.app)
        return version

    @property
    def last_load_ms(self) -> int:
        """The instant of the last load, in milliseconds since 1970; 0 before the first."""
        return self.committed("load") or 0

    @property
    def types(self) -> dict[str, pa.DataType]:
        """The table's columns without the partition's; empty where there is no table."""
        if self.table is None:
            return {}
        schema = pa.schema(self.table.schema().to_arrow())
        return {f.name: types.plain(f.type) for f in schema if f.name != PARTITION}

    def row_ids(self, versions: tuple[int | None, int] | None) -> Iterator[pa.RecordBatch]:
        """The `_row_id` of every row, or of those whose `_version` is in [low, high); files outside are not read."""
        import pyarrow.dataset as ds  # imports pandas, which most loads can do without

        if self.table is None:
            return
        wanted = None
        if versions is not None:
            low, high = versions
            wanted = ds.field("_version") < high
            wanted = wanted if low is None else wanted & (ds.field("_version") >= low)
        yield from self.table.to_pyarrow_dataset().scanner(columns=["_row_id"], filter=wanted).to_batches()

    def append(self, columns: Mapping[str, pa.DataType], commit: "Commit") -> None:
        """Commit files, txns and metadata at once; new columns come in a commit before it.

        Raises ConcurrentLoad if anything else loaded this table since the snapshot.
        """
        try:
            if self.table is None:
                self._create(columns, commit)
            else:
                before = {unit: self.committed(unit) for unit in commit.txns}
                self._add_columns(self.table, columns)
                self._check(before)
                self.table.create_write_transaction(
                    list(commit.adds), "append", self.table.schema(), PARTITION, commit_properties=commit.properties()
                )
        except CommitFailedError as error:
            raise self._collision(error) from error
        self.reopen()

    def remove(self, predicate: str) -> int:
        """Delete rows; returns how many."""
        if self.table is None:
            return 0
        removed = int(self.table.delete(predicate)["num_deleted_rows"])
        self.reopen()
        return removed

    def loads_after(self, ms: int, look_back: int = 50) -> list[dict[str, Any]]:
        """The commits of loads later than an instant, oldest first, among the last commits."""
        if self.table is None or self.last_load_ms <= ms:
            return []
        commits = self.table.history(look_back)
        return [dict(commit) for commit in reversed(commits) if int(commit.get("loaded_ms", 0)) > ms]

    def _create(self, columns: Mapping[str, pa.DataType], commit: "Commit") -> None:
        schema = pa.schema([*columns.items(), (PARTITION, pa.date32())])
        try:
            create_table_with_add_actions(
                self.uri,
                Schema.from_arrow(schema),
                list(commit.adds),
                mode="error",
                partition_by=[PARTITION],
                description=commit.description,
                storage_options=storage_options(),
                commit_properties=commit.properties(),
            )
        except DeltaError as error:
            if "already exists" in str(error):
                raise self._collision(error) from error
            raise

    def _add_columns(self, table: DeltaTable, columns: Mapping[str, pa.DataType]) -> None:
        new = [(name, of) for name, of in columns.items() if name not in self.types]
        if new:
            table.alter.add_columns(list(Schema.from_arrow(pa.schema(new)).fields))
            table.update_incremental()

    def _check(self, before: Mapping[str, int | None]) -> None:
        """delta-rs refuses a txn that came in after the snapshot; adding columns moved the snapshot, so look."""
        for unit, version in before.items():
            if self.committed(unit) != version:
                raise self._collision(f"{unit or 'its window'} is at {self.committed(unit)}, not at {version}")

    def _collision(self, reason: BaseException | str) -> ConcurrentLoad:
        return ConcurrentLoad(
            f"{self.uri}: another load of this table committed first ({plainly(reason)}). Nothing was loaded twice; "
            "run the same command again to load what is left"
        )


@dataclass
class Commit:
    """What one commit carries: unit -> version, files, and what people may want to know."""

    app: str
    txns: Mapping[str, int]
    adds: Sequence[AddAction] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    """Of the table, if this commit creates it."""

    def properties(self) -> CommitProperties:
        """For delta-rs."""
        transactions = [
            Transaction(f"{self.app}/{unit}" if unit else self.app, version) for unit, version in self.txns.items()
        ]
        return CommitProperties(custom_metadata=dict(self.metadata), app_transactions=transactions)


def instant(ms: int) -> datetime:
    """Milliseconds since 1970 as UTC."""
    return _EPOCH + timedelta(milliseconds=ms)


def milliseconds(moment: datetime) -> int:
    """UTC as whole milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
