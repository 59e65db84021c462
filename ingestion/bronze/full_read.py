"""A full read beside the latest rows of its table: what a source without a cursor changed since the last load.

Rows are compared by the digest of their values, so a column that is NULL equals one that isn't there.

with a key     a key lands where its rows are not those of its latest version in bronze (by `_version`, `_ingest_ts`).
               So a value that returns lands again, and so does a key that was marked as deleted. A key that comes twice
               in one read lands with all of its rows.
without one    equal rows are counted: what is more than bronze holds lands. What is fewer stays in bronze, because
               nothing says which row went.

The rows wait on disk until all are there. Digests live in DuckDB, which moves to disk what its memory can't hold.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.bronze.rows.duckdb import engine
from ingestion.bronze.rows.row_id import row_ids
from ingestion.bronze.rows.spool import Spool
from ingestion.columns import ADDED, INSTANT, IS_DELETED

Held = Callable[[Sequence[str]], Iterable[pa.Table]]
"""The rows of a bronze table, in these columns."""

_HELD = """
    insert into held
    select key::uuid, row::uuid, _version, _version::hugeint * 18446744073709551616 + instant, is_gone from batch
"""
_BY_KEY = (
    """create temp table latest as
    select key, row, count(*) as n, max(version) as version, bool_or(is_gone) as is_gone
    from held join (select key, max(place) as place from held group by key) using (key, place) group by key, row""",
    """create temp table changed as
    select distinct key from (select key, row, count(*) as n from came group by key, row) c
    full join latest l using (key, row) where c.n is distinct from l.n or l.is_gone""",
    """create temp table landing as
    select nth, version as predecessor from came semi join changed using (key)
    left join (select key, max(version) as version from latest group by key) using (key)""",
)
_BY_COUNT = (
    """create temp table landing as
    select nth, nullif(copy - 1, 0) as predecessor
    from (select nth, row, row_number() over (partition by row order by nth) as copy from came)
    left join (select row, count(*) as n from held group by row) using (row) where copy > coalesce(n, 0)""",
)


class FullRead:
    """The rows of one read, numbered from 0, against those that bronze holds."""

    def __init__(self, key: Sequence[str], columns: Sequence[str], held: Held) -> None:
        """`columns` are those of the bronze table; none where there is no table yet."""
        self._key, self._held, self._spool, self.rows = list(key), held, Spool(), 0
        self._engine = engine()
        self._engine.execute("create temp table came (nth bigint, key uuid, row uuid)")
        self._engine.execute("create temp table held (key uuid, row uuid, version bigint, place hugeint, is_gone bool)")
        for rows in held(columns) if columns else ():
            self._hold(rows)

    @property
    def latest_version(self) -> int:
        """The largest `_version` that bronze holds; -1 for none."""
        return self._number("select coalesce(max(version), -1) from held")

    def add(self, rows: pa.Table) -> None:
        """Take rows that kept the contract, in bronze's types, without the columns that bronze adds."""
        if rows.num_rows:
            numbers = pa.array(range(self.rows, self.rows + rows.num_rows), pa.int64())
            self._engine.register("batch", pa.table({"nth": numbers, **self._digests(rows)}))
            self._engine.execute("insert into came select nth, key::uuid, row::uuid from batch")
            self.rows += rows.num_rows
            self._spool.add(rows)

    def landing(self) -> Iterator[tuple[pa.Table, pa.Array]]:
        """The rows that land, once all were added, each with its predecessor: the `_version` of the key's rows before,
        or without a key how many equal rows there were; NULL for none."""
        for statement in _BY_KEY if self._key else _BY_COUNT:
            self._engine.execute(statement)
        first = 0
        for rows in self._spool:
            found = self._engine.query(
                f"select nth - {first} as place, predecessor from landing"  # noqa: S608
                f" where nth between {first} and {first + rows.num_rows - 1} order by nth"
            ).to_arrow_table()
            first += rows.num_rows
            if found.num_rows:
                yield rows.take(found.column("place")), found.column("predecessor").combine_chunks()

    @property
    def alive(self) -> int:
        """The number of keys that bronze held that were not marked as deleted; known after `landing`."""
        return self._number("select count(distinct key) from latest where not is_gone")

    def gone(self, others: Iterable[pa.Table]) -> pa.Table:
        """The keys that bronze holds alive and that neither the read brought nor `others` name; after `landing`."""
        self._engine.execute(
            "create temp table missing as select distinct key from latest anti join came using (key) where not is_gone"
        )
        for keys in others:
            self._engine.register("batch", pa.table(self._digests(keys)))
            self._engine.execute("delete from missing where key in (select key::uuid from batch)")
        if not self._number("select count(*) from missing"):
            return pa.table({})
        missing = pa.concat_tables(self._missing(keys) for keys in self._held(self._key))
        return missing.group_by(self._key).aggregate([]).drop_null()  # a key with a NULL names no row

    def _missing(self, keys: pa.Table) -> pa.Table:
        numbers = pa.array(range(keys.num_rows), pa.int64())
        self._engine.register("batch", pa.table({"nth": numbers, **self._digests(keys)}))
        found = self._engine.query("select nth from batch semi join missing on missing.key = batch.key::uuid")
        return keys.take(found.to_arrow_table().column("nth"))

    def _hold(self, rows: pa.Table) -> None:
        own = rows.drop_columns([name for name in (*ADDED, IS_DELETED) if name in rows.column_names])
        is_gone = pa.repeat(pa.scalar(False), rows.num_rows)
        if IS_DELETED in rows.column_names:
            is_gone = pc.fill_null(rows.column(IS_DELETED), False)
        instant = rows.column("_ingest_ts").cast(INSTANT).cast(pa.int64())
        more = {"_version": rows.column("_version"), "instant": instant, "is_gone": is_gone}
        self._engine.register("batch", pa.table({**self._digests(own), **more}))
        self._engine.execute(_HELD)

    def _digests(self, rows: pa.Table) -> dict[str, pa.Array]:
        row = row_ids(rows, self._engine)
        return {"row": row, "key": row_ids(rows.select(self._key), self._engine) if self._key else row}

    def _number(self, query: str) -> int:
        [(number,)] = self._engine.execute(query).fetchall()
        return int(number)
