"""A package: the files that dlt wrote for one load, and their commit."""

import time
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
from deltalake.transaction import AddAction

from ingestion.bronze import files, quarantine
from ingestion.bronze.delta import Bronze, Commit, instant
from ingestion.bronze.errors import CountMismatch
from ingestion.bronze.loads import Entry
from ingestion.bronze.plan import Plan
from ingestion.bronze.reading import Reading


class Package:
    """Files for the table and for quarantine; committed as a whole or not at all."""

    def __init__(self, plan: Plan, aside: Bronze, reading: Reading, run_id: str, ms: int) -> None:
        self.entry: Entry | None = None
        self._plan, self._aside, self._reading, self._run_id, self._ms = plan, aside, reading, run_id, ms
        self._files: dict[str, dict[str, AddAction]] = {}
        self._started = time.monotonic()

    def put(self, table: str, file: Path, load_id: str) -> None:
        """Take one file that dlt wrote for a table."""
        place = self._plan.target if table == self._plan.name else self._aside
        name = f"{load_id}.{file.name.removeprefix(table + '.')}"
        self._files.setdefault(place.uri, {})[name] = files.put(file, place.uri, name, instant(self._ms).date())

    def commit(self, load_id: str) -> Entry:
        """Quarantine first, then the table, each at once; raises CountMismatch, ConcurrentLoad."""
        entry = self._entry(load_id)
        if entry.rows_read != entry.rows_landed + entry.rows_quarantined + entry.rows_already_there:
            raise CountMismatch(
                f"{self._plan.name}: {entry.rows_read} rows read, but {entry.rows_landed} landed, "
                f"{entry.rows_quarantined} quarantined, {entry.rows_already_there} already there; nothing was committed"
            )
        if entry.rows_quarantined:
            self._append(self._aside, dict(zip(quarantine.SCHEMA.names, quarantine.SCHEMA.types, strict=True)), entry)
        entry.delta_version = self._append(self._plan.target, self._reading.types, entry)
        self.entry = entry
        return entry

    def _append(self, place: Bronze, columns: Mapping[str, pa.DataType], entry: Entry) -> int:
        adds = list(self._files.get(place.uri, {}).values())
        return place.append(columns, Commit(place.app, {**self._plan.txns, "load": self._ms}, adds, entry.metadata()))

    def _entry(self, load_id: str) -> Entry:
        """What this load did, for its commits and for `bronze.loads`."""
        low, high = self._plan.window or (None, None)
        return Entry(
            load_id=load_id,
            run_id=self._run_id,
            source=self._plan.source.name,
            table_name=self._plan.name,
            kind=self._plan.table.kind,
            is_full=self._plan.full,
            window_from=low,
            window_to=high,
            units=len(self._plan.parts),
            rows_read=self._reading.read,
            rows_landed=self._rows(self._plan.target),
            rows_quarantined=self._rows(self._aside),
            rows_already_there=self._reading.already_there,
            bytes=sum(add.size for add in self._files.get(self._plan.target.uri, {}).values()),
            seconds=time.monotonic() - self._started,
            high_water=self._plan.txns.get(""),
            loaded_ms=self._ms,
        )

    def _rows(self, place: Bronze) -> int:
        return sum(map(files.rows, self._files.get(place.uri, {}).values()))
