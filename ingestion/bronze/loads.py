"""`bronze.loads`: one row for each committed load, for people and for `lakehouse status`; never for the protocol.

The row is written after the load's commit. A load that died in between left the same facts in the commit's metadata,
from which the next load of that table writes the row.
"""

from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any, get_type_hints

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, write_deltalake
from deltalake.exceptions import DeltaError

from ingestion.bronze.delta import Bronze, instant, open_table, storage_options
from ingestion.bronze.errors import LakeUnavailable
from ingestion.casting import INSTANT
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
    """What one load did. `window_*` are microseconds since 1970 of the cursor, `loaded_ms` is `_ingest_ts`."""

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
        loaded = instant(values.pop("loaded_ms"))
        seconds = Decimal(f"{values.pop('seconds'):.3f}")
        return {**values, "seconds": seconds, "loaded_at": loaded}


def _parsed(text: str | None, of: Any) -> Any:
    if text is None or of is str:
        return text
    if of is bool:
        return text == "True"
    return float(text) if of is float else int(text)


class Loads:
    """The table `bronze.loads`. Each row's commit carries a txn for its table, so no load is told twice."""

    def __init__(self, settings: Settings) -> None:
        self.uri = f"{settings.bronze}/loads"

    def add(self, app: str, entry: Entry) -> None:
        """Add a load's row unless it is there."""
        table = self._opened()
        if (table.transaction_version(app) or 0) >= entry.loaded_ms:
            return
        properties = CommitProperties(app_transactions=[Transaction(app, entry.loaded_ms)])
        write_deltalake(table, pa.Table.from_pylist([entry.row()], SCHEMA), mode="append", commit_properties=properties)

    def last_full(self, name: str) -> int:
        """Rows that the last complete read of a table returned; 0 where nobody knows."""
        import pyarrow.dataset as ds  # imports pandas, which most loads can do without

        whole = ds.field("is_full") | ((ds.field("kind") == "window") & ds.field("window_from").is_null())
        reads = (
            self._opened()
            .to_pyarrow_dataset()
            .to_table(columns=["loaded_at", "rows_read"], filter=whole & (ds.field("table_name") == name))
            .sort_by("loaded_at")
        )
        return int(reads.column("rows_read")[-1].as_py()) if reads.num_rows else 0

    def heal(self, place: Bronze) -> Entry | None:
        """Write the row of a table's last load if the load died before it could; returns what was written."""
        if place.table is None or (self._opened().transaction_version(place.app) or 0) >= place.last_load_ms:
            return None
        try:
            entry = Entry.from_metadata(place.commit_info("loaded_ms", str(place.last_load_ms)))
        except LookupError:  # its commit is too old to be in the log
            return None
        self.add(place.app, entry)
        return entry

    def _opened(self) -> DeltaTable:
        table = open_table(self.uri)
        if table is None:
            # another table's load may be first; then there is nothing left to do
            with suppress(DeltaError):
                DeltaTable.create(self.uri, Schema.from_arrow(SCHEMA), storage_options=storage_options())
            table = open_table(self.uri)
        if table is None:
            raise LakeUnavailable(f"the table {self.uri} could not be created")
        return table
