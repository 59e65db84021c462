"""Row ids: equal rows have equal ids, whichever path, batch or column order brought them.

The id of a window's row is the md5 of its values in one canonical form: of columns by name, NULLs left out, so that a
column added later changes no id of a row that doesn't have it (docs/decisions/0006-row-ids-hash-bytes.md).

    8 bytes: which columns they are      the sum of `_mark` of their names
    the values of a fixed size           little-endian, in the order of their names; instants are microseconds,
    and the lengths of the others          decimals whole numbers of their column's last digit, dates days
    the other values: texts and bytes    in the order of their names
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kind

from ingestion.values.cast import plain_layout

SOME, BYTES = 32_768, 256 * 2**20
"""Rows that are spelled at a time, and less where they are long."""
_LENGTH = np.dtype("<i4")
Numbers = np.ndarray[Any, np.dtype[Any]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


def row_ids(rows: pa.Table, engine: duckdb.DuckDBPyConnection) -> pa.Array:
    """The id of each row of a table with bronze types, in order: 32 hex digits."""
    step = min(SOME, max(1, rows.num_rows * BYTES // max(1, rows.nbytes)))
    texts = [canonical(rows.slice(start, step)) for start in range(0, rows.num_rows, step)]
    engine.register("spelled", pa.table({"row": pa.chunked_array(texts, pa.binary())}))
    ids = engine.sql("select md5(row) as id from spelled").to_arrow_table().column("id").cast(pa.string())
    return pa.concat_arrays(ids.chunks) if ids.num_chunks else pa.array([], pa.string())


def canonical(rows: pa.Table) -> pa.Array:
    """The bytes that stand for each row."""
    names = [name for name in sorted(rows.column_names) if rows.column(name).null_count < rows.num_rows]
    columns = {name: plain_layout(rows.column(name)) for name in names}
    bodies = [values.cast(pa.binary()) for values in columns.values() if _is_long(values)]
    pieces = [*_heads(columns, rows.num_rows), *bodies]
    return pc.binary_join_element_wise(*pieces, b"", null_handling="replace", null_replacement=b"")


def _heads(columns: dict[str, pa.Array], rows: int) -> Iterator[pa.Array]:
    """Which columns there are and what is of a fixed size, in pieces: neighbours without NULL make one."""
    marks = np.zeros(rows, "<u8")
    for name, values in columns.items():
        marks += _mark(name) if not values.null_count else np.where(_valid(values), _mark(name), np.uint64(0))
    together = [marks]
    for values in columns.values():
        if values.null_count:
            if together:
                yield _joined(together)
            yield _where(_fixed(values), _valid(values))
            together = []
        else:
            together.append(_fixed(values))
    if together:
        yield _joined(together)


@cache
def _mark(name: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.md5(name.encode(), usedforsecurity=False).digest()[:8], "little"))


def _valid(values: pa.Array) -> Flags:
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False))


def _is_long(values: pa.Array) -> bool:
    return bool(kind.is_string(values.type) or kind.is_binary(values.type))


def _fixed(values: pa.Array) -> Numbers:
    """A number for each value, anything where it is NULL."""
    if _is_long(values):
        return np.diff(np.frombuffer(values.buffers()[1], _LENGTH, len(values) + 1, values.offset * _LENGTH.itemsize))
    if kind.is_boolean(values.type):
        values = values.cast(pa.uint8())
    of = np.dtype(_SIZES.get(values.type.bit_width, "<i8"))
    found: Numbers = np.frombuffer(values.buffers()[1], of, len(values), values.offset * of.itemsize)
    if kind.is_floating(values.type):  # one spelling of zero, and of what is no number
        found = np.nan_to_num(found.view("<f8"), nan=np.nan, posinf=np.inf, neginf=-np.inf) + 0.0
    return found


_SIZES = {8: "<u1", 32: "<i4", 64: "<i8", 128: "V16"}


def _joined(numbers: list[Numbers]) -> pa.Array:
    """The bytes of several numbers as one value for each row."""
    rows = np.empty(len(numbers[0]), [(str(at), one.dtype) for at, one in enumerate(numbers)])
    for at, one in enumerate(numbers):
        rows[str(at)] = one
    return _binary(rows, np.arange(len(rows) + 1, dtype=_LENGTH) * rows.dtype.itemsize)


def _where(numbers: Numbers, valid: Flags) -> pa.Array:
    """The bytes of each number, none where it is not valid."""
    return _binary(numbers[valid], np.concatenate([[0], np.cumsum(valid, dtype=_LENGTH)]) * numbers.dtype.itemsize)


def _binary(numbers: Numbers, ends: Numbers) -> pa.Array:
    buffers = [None, pa.py_buffer(ends.astype(_LENGTH)), pa.py_buffer(np.ascontiguousarray(numbers))]
    return pa.Array.from_buffers(pa.binary(), len(ends) - 1, buffers)


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
