"""Replay: rows in quarantine judged again by the rules and parsers of today; the good ones move to the table.

    kept rows ─▶ parsed again ─▶ contract ─▶ table commit (txn <app>/replay) ─▶ removed from quarantine (the same txn)

The table comes first, so a kill loses nothing; a row that is in both is known by its `_row_id` and isn't landed twice.
A replay that died in between is finished by the next load or replay (`finish`).
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction

from ingestion.bronze import fault_points, names
from ingestion.bronze.delta import data_files
from ingestion.bronze.delta.table import Bronze, Commit, literal
from ingestion.bronze.errors import BronzeError, plainly
from ingestion.bronze.leases.lease import Lease, lease
from ingestion.bronze.load_log import Entry, Loads
from ingestion.bronze.quarantine.cleanup import fence, sweep
from ingestion.bronze.quarantine.recheck import Rechecker
from ingestion.bronze.rows import spill
from ingestion.bronze.rows.row_id import Known
from ingestion.bronze.slices.plan import table_of
from ingestion.instants import from_ms, to_ms
from ingestion.settings import Settings
from ingestion.source import Source
from ingestion.spec import Table

UNIT = "replay"
"""Of the txn: its version is the replay's instant, in the table once rows have landed, in quarantine once they left."""
AT_ONCE = 5_000
"""Rows that one statement removes."""


@dataclass
class Replayed:
    """The outcome for the rows that were looked at."""

    name: str
    looked_at: int = 0
    landed: int = 0
    already_there: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    """Rule -> rows that still break it, or that only the source can bring again."""


def replay(source: Source, table: Table, settings: Settings, run_id: str, rule: str | None = None) -> Replayed:
    """Judge kept rows of a table again, all or those of a rule; raises BronzeError, and then nothing was lost."""
    name = names.table_name(source, table)
    with lease(settings, name) as held:
        try:
            return _replay(source, table, settings, run_id, rule, held)
        except (OSError, DeltaError) as error:
            raise BronzeError(
                f"{name}: {type(error).__name__}: {plainly(error)}; run the same command again to go on"
            ) from error


def _replay(source: Source, table: Table, settings: Settings, run_id: str, rule: str | None, held: Lease) -> Replayed:
    target, loads = table_of(source, table, settings), Loads(settings)
    held.outrank(target.fence)
    if held.taken_over and target.table is not None:
        fence(target, {"fence": held.token})
    loads.heal(target)
    aside = Bronze(names.quarantine_name(target.uri), target.app)
    sweep(target, aside)
    finish(source, table, target, aside)
    ms = max(to_ms(settings.now()), target.last_load_ms + 1, aside.last_load_ms + 1)
    return _Replay(source, table, target, aside, run_id, ms, held).run(rule, loads)


def finish(source: Source, table: Table, target: Bronze, aside: Bronze) -> int:
    """Remove from quarantine what a replay that died had landed; returns how many rows."""
    done = target.committed(UNIT)
    if done is None or aside.table is None or (aside.committed(UNIT) or 0) >= done:
        return 0
    judge = Rechecker(source, table, target.types, _same(source, "", done))
    known = Known(target.row_ids(None, load_id=_load_id(done)), judge.stamping.engine, "landed")
    gone = []
    for rows, ids in judge.all_good(aside, None, Counter()):
        new = known.new(rows.column("_row_id").combine_chunks()).to_pylist()
        gone += [one for one, is_new in zip(ids, new, strict=True) if not is_new]
    return _remove(aside, gone, done)


def _remove(aside: Bronze, row_ids: Sequence[str], ms: int) -> int:
    """Take rows out of quarantine; the last commit says that the replay is done."""
    removed = 0
    for start in range(0, len(row_ids), AT_ONCE):
        removed += aside.remove(one_of("_row_id", row_ids[start : start + AT_ONCE]))
        fault_points.point("emptied")
    aside.append({}, Commit(aside.app, {UNIT: ms}))
    return removed


def one_of(column: str, values: Sequence[str]) -> str:
    """The predicate; values are data and can't end their quotes."""
    return f"{column} in ({', '.join(literal(value) for value in values)})"


def _load_id(ms: int) -> str:
    return f"replay-{ms}"


def _same(source: Source, run_id: str, ms: int) -> dict[str, str | datetime]:
    """The columns that are the same for all rows of a replay."""
    return {"_ingest_ts": from_ms(ms), "_source": source.name, "_run_id": run_id, "_load_id": _load_id(ms)}


class _Replay:
    """One replay of one table."""

    def __init__(
        self, source: Source, table: Table, target: Bronze, aside: Bronze, run_id: str, ms: int, held: Lease
    ) -> None:
        self._held = held
        self._source, self._target, self._aside, self._run_id, self._ms = source, target, aside, run_id, ms
        self._name, self._started = names.table_name(source, table), time.monotonic()
        self._judge = Rechecker(source, table, target.types, _same(source, run_id, ms))

    @cached_property
    def _known(self) -> Known:
        return Known(self._target.row_ids(None), self._judge.stamping.engine, "known")

    def run(self, rule: str | None, loads: Loads) -> Replayed:
        """Judge, commit, remove."""
        result, gone = Replayed(self._name), list[str]()
        with TemporaryDirectory(dir=spill.folder()) as folder:
            adds = list(self._written(Path(folder), rule, result, gone))
        fault_points.point("judged")
        result.looked_at = len(gone) + result.kept.total()
        if adds:
            self._commit(adds, result, loads)
            fault_points.point("landed")
        if gone:
            _remove(self._aside, gone, self._ms)
        return result

    def _written(self, folder: Path, rule: str | None, result: Replayed, gone: list[str]) -> Iterator[AddAction]:
        """The files of the good rows; `gone` gets the ids of the rows that may leave quarantine."""
        for rows, ids in self._judge.all_good(self._aside, rule, result.kept):
            new = rows.filter(self._known.new(rows.column("_row_id").combine_chunks()))
            result.landed += new.num_rows
            result.already_there += rows.num_rows - new.num_rows
            gone.extend(ids)
            if new.num_rows:
                file = folder / f"{len(gone)}.parquet"
                pq.write_table(new, file)
                name = f"{_load_id(self._ms)}.{file.name}"
                yield data_files.put(file, self._target.uri, name, from_ms(self._ms).date())

    def _commit(self, adds: Sequence[AddAction], result: Replayed, loads: Loads) -> None:
        entry = self._entry(adds, result)
        self._held.check()
        txns = {"load": self._ms, UNIT: self._ms, **({"fence": self._held.token} if self._held.token else {})}
        self._target.append(self._judge.stamping.types, Commit(self._target.app, txns, adds, entry.metadata()))
        fault_points.point("replayed")
        entry.delta_version = self._target.version
        loads.add(self._target.app, entry)
        loads.flush()

    def _entry(self, adds: Sequence[AddAction], result: Replayed) -> Entry:
        return Entry(
            load_id=_load_id(self._ms),
            run_id=self._run_id,
            source=self._source.name,
            table_name=self._name,
            kind=UNIT,
            is_full=False,
            window_from=None,
            window_to=None,
            units=0,
            rows_read=result.landed + result.already_there,
            rows_landed=result.landed,
            rows_quarantined=0,
            rows_already_there=result.already_there,
            bytes=sum(add.size for add in adds),
            seconds=time.monotonic() - self._started,
            high_water=None,
            loaded_ms=self._ms,
        )
