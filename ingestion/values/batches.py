"""Tables in batches of a size that memory holds."""

from collections.abc import Iterator

import pyarrow as pa

BATCH_ROWS = 100_000


def batched(table: pa.Table) -> Iterator[pa.Table]:
    """The table in slices of at most BATCH_ROWS rows."""
    for start in range(0, table.num_rows, BATCH_ROWS):
        yield table.slice(start, BATCH_ROWS)
