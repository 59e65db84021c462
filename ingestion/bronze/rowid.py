"""Row ids: equal rows have equal ids, whichever path, batch or column order brought them.

The id of a window's row is the md5 of its values in one canonical text: columns by name, each as name, length and
value, NULLs left out, so that a column added later changes no id of a row that doesn't have it. Instants are
microseconds, decimals have their column's scale.
"""

from collections.abc import Iterable

import duckdb
import pyarrow as pa
import pyarrow.types as kind


def row_ids(rows: pa.Table, engine: duckdb.DuckDBPyConnection) -> pa.Array:
    """The id of each row of a table with bronze types, in order: 32 hex digits."""
    parts = [part for name in sorted(rows.column_names) for part in _parts(name, rows.column(name))]
    engine.register("rows", _instants_as_numbers(rows))
    found = engine.sql(f"select md5(concat({', '.join(parts) or repr('')})) as id from rows").to_arrow_table()  # noqa: S608
    ids = found.column("id").cast(pa.string())
    return pa.concat_arrays(ids.chunks) if ids.num_chunks else pa.array([], pa.string())


def _parts(name: str, values: pa.ChunkedArray) -> list[str]:
    """`name:length:value;` or nothing for NULL. A column without NULL in this batch needs no look at each value."""
    if values.null_count == len(values):
        return []
    column = '"' + name.replace('"', '""') + '"'
    value = f"hex({column})" if kind.is_binary(values.type) else f"{column}::varchar"
    label = "'" + name.replace("'", "''") + ":'"
    parts = [label, f"strlen({value})", "':'", value, "';'"]
    return [f"case when {column} is not null then concat({', '.join(parts)}) end"] if values.null_count else parts


def _instants_as_numbers(rows: pa.Table) -> pa.Table:
    for index, field in enumerate(rows.schema):
        if kind.is_timestamp(field.type):
            rows = rows.set_column(index, field.name, rows.column(index).cast(pa.int64()))
    return rows


class Known:
    """Ids that are already there, each as often as it is there.

    A row is dropped once for each time that its id is there; two equal rows of the source stay two. Counts live in
    DuckDB, which moves what doesn't fit into memory to disk.
    """

    def __init__(self, ids: Iterable[pa.RecordBatch], engine: duckdb.DuckDBPyConnection, name: str) -> None:
        self._engine = engine
        self._name = name
        engine.execute(f"create temp table {name} (id varchar, n bigint)")
        for batch in ids:
            engine.register("ids", pa.table({"id": batch.column(0)}))
            engine.execute(f"insert into {name} select id, 1 from ids")  # noqa: S608
        engine.execute(f"create temp table {name}_counts as select id, sum(n) n from {name} group by id")  # noqa: S608
        engine.execute(f"drop table {name}")

    def new(self, ids: pa.Array) -> pa.Array:
        """Which of these are not there; those that are count as met."""
        counts = f"{self._name}_counts"
        self._engine.register("ids", pa.table({"id": ids, "place": pa.array(range(len(ids)), pa.int64())}))
        ranked = "select id, place, row_number() over (partition by id order by place) as nth from ids"
        found = self._engine.query(
            f"select nth > coalesce(n, 0) as new from ({ranked}) left join {counts} using (id) order by place"  # noqa: S608
        ).to_arrow_table()
        met = "select id, count(*) as n from ids group by id"
        self._engine.execute(f"update {counts} set n = {counts}.n - met.n from ({met}) met where {counts}.id = met.id")  # noqa: S608
        return found.column("new").combine_chunks()
