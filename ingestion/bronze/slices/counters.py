"""Cursors that count: a whole number knows no time, so the watermark of its table is no instant."""

import pyarrow as pa

from ingestion.bronze.delta.table import Bronze
from ingestion.spec import Table
from ingestion.values.cursors import LARGEST
from ingestion.values.naming import snake


def counts(table: Table, target: Bronze, beyond: int | None = None) -> bool:
    """True if the table's cursor is a number, by its type in bronze or by the bound that the source's slices have."""
    of = target.types.get(snake(table.cursor or ""))
    return beyond == LARGEST or (of is not None and not pa.types.is_temporal(of))
