"""The columns that bronze adds to every row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa

from ingestion.bronze.rows.contract import Contract
from ingestion.bronze.rows.duckdb import engine
from ingestion.bronze.rows.row_id import row_ids
from ingestion.columns import ADDED, IS_DELETED
from ingestion.instants import to_us
from ingestion.spec import Table
from ingestion.values.cursors import numbers


class Stamping:
    """Rows of one table that kept its contract get the columns that bronze adds; `same` are those of the whole load."""

    def __init__(self, table: Table, contract: Contract, same: Mapping[str, Any]) -> None:
        self._is_window, self._is_full_read = table.kind == "window", table.is_full_read
        self._contract, self._same = contract, same
        self._added = {**ADDED, IS_DELETED: pa.bool_()} if table.deletes == "sweep" else ADDED

    @cached_property
    def engine(self) -> duckdb.DuckDBPyConnection:
        """For md5 and for counting ids; a table of files mostly needs neither."""
        return engine()

    @property
    def types(self) -> dict[str, pa.DataType]:
        """The table's columns now: the source's first, then those added."""
        own = {name: of for name, of in self._contract.types.items() if name not in self._added}
        return {**own, **self._added}

    def stamped(self, rows: pa.Table, predecessors: pa.Array | None = None) -> pa.Table:
        """Files and streams bring `_row_id` and `_version` themselves. Those of a full read have the load's instant,
        and an id of their values and their `predecessors` (see `full_read`)."""
        values: dict[str, Any] = dict(self._same)
        if self._is_full_read:
            after = rows if predecessors is None else rows.append_column("_version", predecessors)
            values["_row_id"] = row_ids(after, self.engine)
            values["_version"] = to_us(self._same["_ingest_ts"])
        elif self._is_window:
            values["_row_id"] = row_ids(rows, self.engine)
            values["_version"] = numbers(rows.column(self._contract.cursor))
        if IS_DELETED in self._added:
            values[IS_DELETED] = False
        return self.with_values(rows, values)

    def replayed(self, rows: pa.Table, received: Sequence[datetime]) -> pa.Table:
        """Rows out of quarantine. One of a full read is a version of its key as of the load that received it."""
        if not self._is_full_read:
            return self.stamped(rows)
        versions = pa.array([to_us(moment) for moment in received], pa.int64())
        stamped = self.stamped(rows, versions)
        return stamped.set_column(stamped.column_names.index("_version"), "_version", versions)

    def with_values(self, rows: pa.Table, values: Mapping[str, Any]) -> pa.Table:
        """With these columns of bronze's own, constants or arrays, and in the table's order."""
        for name, value in values.items():
            column = value if isinstance(value, pa.Array | pa.ChunkedArray) else pa.scalar(value, self._added[name])
            column = pa.repeat(column, rows.num_rows) if isinstance(column, pa.Scalar) else column
            rows = rows.append_column(pa.field(name, self._added[name]), column)
        return rows.select([name for name in self.types if name in rows.column_names])
