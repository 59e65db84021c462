"""A package: the files that dlt wrote for one load, and their commit."""

import time
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
from deltalake.transaction import AddAction

from ingestion.bronze import fault_points
from ingestion.bronze.delta import data_files
from ingestion.bronze.delta.table import Bronze, Commit
from ingestion.bronze.errors import ConcurrentLoad, CountMismatch, SourceShrunk
from ingestion.bronze.extract import Extraction
from ingestion.bronze.leases.lease import Lease
from ingestion.bronze.load_log import Entry
from ingestion.bronze.quarantine.table import SCHEMA
from ingestion.bronze.slices.plan import ROWS, Plan
from ingestion.instants import from_ms
from ingestion.plural import plural

SHRUNK = 0.5
"""A full read of less than this share of the last one's rows is refused."""


def check_size(name: str, rows: int, last: int) -> None:
    """Raise SourceShrunk where a full read brought far fewer rows than the last one (0: unknown)."""
    if rows < last * SHRUNK:
        raise SourceShrunk(
            f"{name}: a full read returned {plural(rows, 'row')}, the last one {last:,}; nothing was loaded. "
            "If the source really shrank, say so with --allow-shrink"
        )


class Package:
    """Files for the table and for quarantine; committed as a whole or not at all."""

    def __init__(
        self,
        plan: Plan,
        aside: Bronze,
        reading: Extraction,
        lease: Lease,
        last_full: int = 0,
        *,
        allow_shrink: bool = False,
    ) -> None:
        self.entry: Entry | None = None
        self._lease = lease
        self._stands = aside.last_load_ms
        self._plan, self._aside, self._reading, self._last_full = plan, aside, reading, last_full
        self._allow_shrink = allow_shrink
        self._files: dict[str, dict[str, AddAction]] = {}
        self._started = time.monotonic()

    def put(self, table: str, file: Path, load_id: str) -> None:
        """Take one file that dlt wrote for a table."""
        place = self._plan.target if table == self._plan.name else self._aside
        name = f"{load_id}.{file.name.removeprefix(table + '.')}"
        self._files.setdefault(place.uri, {})[name] = data_files.put(
            file, place.uri, name, from_ms(self._reading.ms).date()
        )
        fault_points.point("put")

    def commit(self, load_id: str) -> Entry:
        """Quarantine first, then the table, each at once.

        Raises CountMismatch, SourceShrunk, ConcurrentLoad, LeaseLost.
        """
        entry = self._entry(load_id)
        self._check(entry)
        self._lease.check()
        if entry.rows_quarantined:
            self._append(self._aside, dict(zip(SCHEMA.names, SCHEMA.types, strict=True)), entry)
            self._stands = self._reading.ms
            fault_points.point("set_aside")
        try:
            self._append(self._plan.target, self._reading.types, entry, quarantine=self._stands)
        except ConcurrentLoad:
            self._aside.remove(f"_load_id = '{load_id}'")
            raise
        fault_points.point("committed")
        entry.delta_version = self._version(load_id)
        self._reading.future.let_go(self._plan.target, self._aside, entry.rows_landed + entry.rows_quarantined)
        self.entry = entry
        return entry

    @property
    def is_news(self) -> bool:
        """True if a commit would say something: rows, a watermark that moves, rows that leave quarantine.

        That of a full read says that it had more rows or fewer.
        """
        if self._plan.table.is_full_read:
            return bool(self._files) or self._reading.came != self._last_full
        future = self._reading.future
        txns = {**self._plan.txns, **future.txns}
        moves = any((self._plan.target.committed(unit) or 0) != version for unit, version in txns.items())
        return moves or bool(self._files or future.left) or self._plan.reads != "news"

    def _version(self, load_id: str) -> int:
        """The Delta version that this load made; -1 if others made so many since that it is out of sight."""
        commits = self._plan.target.loads_after(self._reading.ms - 1, look_back=5)
        return next((int(commit["version"]) for commit in commits if commit["load_id"] == load_id), -1)

    def _check(self, entry: Entry) -> None:
        counts = (
            f"{plural(entry.rows_read, 'row')} read, {entry.rows_landed} landed, {entry.rows_quarantined} quarantined"
        )
        if entry.rows_read != entry.rows_landed + entry.rows_quarantined + entry.rows_already_there:
            raise CountMismatch(
                f"{self._plan.name}: {counts}, {entry.rows_already_there} already there: that doesn't add up, so "
                "nothing was committed. This is a fault of the loader; please report it"
            )
        rows = self._reading.came if self._plan.table.is_full_read else entry.rows_read
        check_size(self._plan.name, rows, 0 if self._allow_shrink else self._last_full)

    def _append(self, place: Bronze, columns: Mapping[str, pa.DataType], entry: Entry, **more: int) -> None:
        adds = list(self._files.get(place.uri, {}).values())
        fence = {"fence": self._lease.token} if self._lease.token else {}
        rows = {ROWS: self._reading.came} if self._plan.table.is_full_read else {}
        ahead = self._reading.future.txns if place is self._plan.target else {}
        txns = {**self._plan.txns, **rows, **ahead, "load": self._reading.ms, **fence, **more}
        what = "Rows of {} that bronze can't hold" if place is self._aside else "{} as received, append only"
        text = what.format(f"{self._plan.source.name} {self._plan.table.name}")
        seen = self._reading.seen if place is self._plan.target else {}
        try:
            place.append(columns, Commit(place.app, txns, adds, entry.metadata(), text, seen))
        except ConcurrentLoad:
            # a network may lose the answer to a commit that went in; the second try then collides with the first
            if not self._committed(place, entry.load_id):
                raise

    def _committed(self, place: Bronze, load_id: str) -> bool:
        place.reopen()
        return any(commit.get("load_id") == load_id for commit in place.loads_after(self._reading.ms - 1))

    def _entry(self, load_id: str) -> Entry:
        """Return what this load did, for its commits and for `bronze.loads`."""
        window, counts = self._plan.window, self._plan.counts
        low, high = (None, None) if window is None or counts else window
        return Entry(
            load_id=load_id,
            run_id=self._reading.run_id,
            source=self._plan.source.name,
            table_name=self._plan.name,
            kind=self._plan.table.kind,
            is_full=self._plan.full or (counts and window is not None and window[0] is None),
            window_from=low,
            window_to=high,
            units=len(self._plan.parts),
            rows_read=self._reading.read,
            rows_landed=self._rows(self._plan.target),
            rows_quarantined=self._rows(self._aside),
            rows_already_there=self._reading.already_there,
            bytes=sum(add.size for add in self._files.get(self._plan.target.uri, {}).values()),
            seconds=time.monotonic() - self._started,
            high_water=self._plan.txns.get("", self._plan.target.committed()),
            loaded_ms=self._reading.ms,
        )

    def _rows(self, place: Bronze) -> int:
        return sum(map(data_files.rows, self._files.get(place.uri, {}).values()))
