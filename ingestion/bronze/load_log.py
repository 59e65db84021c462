"""`bronze.loads`: one row for each committed load, for people and for `lakehouse status`; never for the protocol.

The rows of a run are written together when its loads are done. A run that died before left the same facts in the
metadata of its commits, from which the next load of each table writes the row.
"""

import threading
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from functools import cached_property
from typing import Any, get_type_hints

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from ingestion.bronze.delta.storage import open_table, storage_options
from ingestion.bronze.delta.table import CONFIGURATION, Bronze
from ingestion.columns import INSTANT
from ingestion.instants import from_ms
from ingestion.settings import Settings

SCHEMA = pa.schema(
    [
        ("load_id", pa.string()),
        ("run_id", pa.string()),
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("kind", pa.string()),
        ("is_full", pa.bool_()),
        ("window_from", INSTANT),
        ("window_to", INSTANT),
        ("units", pa.int64()),
        ("rows_read", pa.int64()),
        ("rows_landed", pa.int64()),
        ("rows_quarantined", pa.int64()),
        ("rows_already_there", pa.int64()),
        ("bytes", pa.int64()),
        ("seconds", pa.decimal128(18, 3)),
        ("high_water", pa.int64()),
        ("delta_version", pa.int64()),
        ("loaded_at", INSTANT),
    ]
)


@dataclass
class Entry:
    """One load's record. `window_*` are microseconds since 1970 of the cursor, None where it counts; `high_water`, the
    watermark, is microseconds or that number; `loaded_ms` is `_ingest_ts`."""

    load_id: str
    run_id: str
    source: str
    table_name: str
    kind: str
    is_full: bool
    window_from: int | None
    window_to: int | None
    units: int
    rows_read: int
    rows_landed: int
    rows_quarantined: int
    rows_already_there: int
    bytes: int
    seconds: float
    high_water: int | None
    loaded_ms: int
    delta_version: int = -1

    def metadata(self) -> dict[str, str]:
        """As commit metadata: texts, without what is not known."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_metadata(cls, commit: dict[str, Any]) -> "Entry":
        """The entry that a commit's info holds; raises KeyError for a commit that is no load's."""
        hints = get_type_hints(cls)
        values = {f.name: _parsed(commit.get(f.name), hints[f.name]) for f in fields(cls)}
        return cls(**{**values, "load_id": commit["load_id"], "delta_version": int(commit["version"])})

    def row(self) -> dict[str, Any]:
        """As a row of the table."""
        values = asdict(self)
        loaded = from_ms(values.pop("loaded_ms"))
        seconds = Decimal(f"{values.pop('seconds'):.3f}")
        return {**values, "seconds": seconds, "loaded_at": loaded}


def _parsed(text: str | None, of: Any) -> Any:
    if text is None or of is str:
        return text
    if of is bool:
        return text == "True"
    return float(text) if of is float else int(text)


class Loads:
    """The table `bronze.loads` of one run: opened once, and written once. Threads may share it.

    The commit carries a txn for each table told of, the instant of its load: no load is told twice.
    """

    def __init__(self, settings: Settings) -> None:
        self.uri = f"{settings.bronze}/loads"
        self._waiting: list[tuple[str, Entry]] = []
        self._lock = threading.RLock()

    @cached_property
    def _table(self) -> DeltaTable | None:
        return open_table(self.uri)

    def add(self, app: str, entry: Entry) -> None:
        """Have a load told with the next `flush`."""
        with self._lock:
            self._waiting.append((app, entry))

    def heal(self, place: Bronze) -> int:
        """Tell of loads that died, or whose run did, before they were told; returns how many."""
        with self._lock:
            told = self._told(place.app)
            missing = [Entry.from_metadata(commit) for commit in place.loads_after(told)]
            for entry in missing:
                self.add(place.app, entry)
            if missing:
                self.flush()
            return len(missing)

    @retry(retry=retry_if_exception_type(CommitFailedError), stop=stop_after_attempt(5), reraise=True)
    def flush(self) -> None:
        """Write what was added; whoever told the same before is believed."""
        with self._lock:
            table = self._look()
            new = [(app, entry) for app, entry in self._waiting if entry.loaded_ms > self._told(app)]
            if table and new:
                self._append(table, new)
            self._waiting = []

    def _look(self) -> DeltaTable | None:
        """As it is now; made where it is missing, and then looked at again: another run may have been first."""
        self.__dict__.pop("_table", None)
        if not self._waiting or self._table is not None:
            return self._table
        try:
            DeltaTable.create(
                self.uri,
                Schema.from_arrow(SCHEMA),
                configuration=CONFIGURATION,
                storage_options=storage_options(),
            )
        except DeltaError as error:
            if "already exists" not in str(error):
                raise
        self.__dict__.pop("_table", None)
        return self._table

    def last_full(self, name: str) -> int:
        """Rows that the last complete read of a table returned; 0 where nobody knows."""
        import pyarrow.dataset as ds  # imports pandas, which most loads can do without

        with self._lock:
            if self._table is None:
                return 0
            begin, end = ds.field("window_from"), ds.field("window_to")
            # a load without a window read deletions only
            whole = ds.field("is_full") | ((ds.field("kind") == "window") & begin.is_null() & end.is_valid())
            wanted = whole & (ds.field("table_name") == name)
            reads = self._table.to_pyarrow_dataset().to_table(columns=["loaded_at", "rows_read"], filter=wanted)
        return int(reads.sort_by("loaded_at").column("rows_read")[-1].as_py()) if reads.num_rows else 0

    def _told(self, app: str) -> int:
        return (self._table.transaction_version(app) or 0) if self._table else 0

    def _append(self, table: DeltaTable, new: list[tuple[str, Entry]]) -> None:
        rows = pa.Table.from_pylist([entry.row() for _, entry in new], SCHEMA)
        latest = {app: max(entry.loaded_ms for other, entry in new if other == app) for app, _ in new}
        properties = CommitProperties(app_transactions=[Transaction(app, ms) for app, ms in latest.items()])
        write_deltalake(table, rows, mode="append", commit_properties=properties, storage_options=storage_options())
        self.__dict__.pop("_table", None)
