"""Deletions that no row of the source tells: records purged for good, and keys that are simply gone.

Bronze is append-only, so a deletion is one more row of its key: the last one that was received, marked as deleted, with
the next `_version`. Silver takes it as the latest, and whatever newer version comes after brings the key back to life.
A key that is marked already, or was never received, gets none: saying it twice adds nothing.
"""

from collections.abc import Iterator

import pyarrow as pa

from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import BronzeError, SourceShrunk
from ingestion.bronze.rows.duckdb import engine
from ingestion.columns import IS_DELETED
from ingestion.plural import agreeing, plural
from ingestion.source import ListsKeys, Reader
from ingestion.spec import Table
from ingestion.values.batches import BATCH_ROWS
from ingestion.values.naming import snake

REMAINING = 0.5
"""A sweep that would leave less than this share of a table's keys alive is refused."""


class Deletions:
    """The keys of one table, asked once for keys that are gone; what doesn't fit into memory waits on disk."""

    def __init__(self, table: Table, target: Bronze) -> None:
        self._engine = engine()
        self._target = target
        self._key = ", ".join(_quoted(snake(name)) for name in table.key)
        self._mark = mark(table)

    def rows(self, gone: pa.Table, ms: int) -> Iterator[pa.Table]:
        """The last rows of those keys that are alive, marked, with their new `_version`.

        `gone` has the key's columns and `_at`, microseconds or NULL: the deletion's instant, where the source knows it.
        `ms` is the load's instant.
        """
        if self._target.table is None or not gone.num_rows:
            return
        self._engine.register("gone", gone)
        self._engine.register("held", self._target.table.to_pyarrow_dataset())
        latest = f"select held.* from held semi join gone using ({self._key}) {self._latest()}"  # noqa: S608
        found = self._engine.query(
            f"select l.* replace (greatest(l._version, g.at) + 1 as _version) from ({latest}) l"  # noqa: S608
            f" join (select {self._key}, coalesce(max(_at), -9223372036854775808) as at from gone group by all) g"
            f" using ({self._key}) where {self._alive('l.')}"
        ).to_arrow_reader(BATCH_ROWS)
        for batch in found:
            yield self._marked(pa.Table.from_batches([batch]), ms)

    def sweep(self, keys: Iterator[pa.Table], name: str, *, allow_shrink: bool) -> pa.Table:
        """The keys that bronze holds alive and that are not among these; raises SourceShrunk where they are many."""
        if self._target.table is None:
            return pa.table({})
        self._engine.register("held", self._target.table.to_pyarrow_dataset())
        # only keys with a mark need a look at the order of their rows; one of every key would hold the table in memory
        marked = f"select {self._key} from held where not ({self._alive()})"  # noqa: S608
        latest = f"select held.* from held semi join ({marked}) using ({self._key}) {self._latest()}"  # noqa: S608
        self._engine.execute(
            f"create temp table alive as select distinct {self._key} from held"  # noqa: S608
            f" anti join (select * from ({latest}) where not ({self._alive()})) using ({self._key})"
        )
        self._engine.execute("create temp table found as from alive limit 0")
        for batch in keys:
            self._engine.register("batch", batch.rename_columns([snake(one) for one in batch.column_names]))
            self._engine.execute(f"insert into found select {self._key} from batch")  # noqa: S608
        gone: pa.Table = self._engine.query(
            f"select *, null::bigint as _at from alive anti join found using ({self._key})"  # noqa: S608
        ).to_arrow_table()
        [(alive,)] = self._engine.execute("select count(*) from alive").fetchall()
        if not allow_shrink:
            check_remaining(name, gone.num_rows, alive)
        return gone

    @property
    def _has_mark(self) -> bool:
        return self._mark in self._target.types

    def _latest(self) -> str:
        order = "_version desc, _ingest_ts desc, _row_id desc"
        return f"qualify row_number() over (partition by {self._key} order by {order}) = 1"

    def _alive(self, of: str = "") -> str:
        if not self._has_mark:
            return "true"
        column = f"{of}{_quoted(self._mark)}"
        return f"not coalesce({column}, false)" if self._is_flag else f"{column} is null"

    @property
    def _is_flag(self) -> bool:
        return not self._has_mark or pa.types.is_boolean(self._target.types[self._mark])

    def _marked(self, rows: pa.Table, ms: int) -> pa.Table:
        """With the table's types again, for the engine spells instants in its own zone."""
        held = {name: rows.column(name).cast(of) for name, of in self._target.types.items()}
        value = pa.scalar(True) if self._is_flag else pa.scalar(ms * 1000, pa.int64()).cast(held[self._mark].type)
        return pa.table({**held, self._mark: pa.repeat(value, rows.num_rows)})


def check_remaining(name: str, gone: int, alive: int) -> None:
    """Raise SourceShrunk where less than REMAINING of a table's keys would stay alive."""
    if alive - gone < alive * REMAINING:
        raise SourceShrunk(
            f"{name}: {gone:,} of {plural(alive, 'key')} {agreeing(gone, 'is', 'are')} gone from the source; nothing "
            "was marked as deleted. If that is right, say so with --allow-shrink"
        )


def mark(table: Table) -> str:
    """The column that shows a deletion, in bronze; raises BronzeError for a table that has none."""
    kind, _, column = table.deletes.partition(":")
    if kind == "flag":
        return snake(column)
    if kind in ("deleted_at", "sweep"):
        return {"deleted_at": "deleted_at", "sweep": IS_DELETED}[kind]
    raise BronzeError(f"{table.name} has no column that shows a deletion: say deletes='sweep' in its spec")


def key_teller(reader: Reader, table: Table, name: str) -> ListsKeys:
    """The reader, if it can list a table's keys and a deletion would show; raises BronzeError."""
    if table.kind != "window" or not isinstance(reader, ListsKeys):
        raise BronzeError(f"{name}: keys can be compared where a table is read by windows, and its source lists keys")
    mark(table)
    return reader


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
