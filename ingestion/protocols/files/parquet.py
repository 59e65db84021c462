"""Batches of a Parquet file, its instants exact.

Spark, Hive and Impala may write an instant as INT96: nanoseconds of any year. Arrow reads those as nanoseconds in 64
bits, which end in 1677 and 2262, and wraps the others without an error. So such columns are read twice: in nanoseconds,
whose last digits rule `lost_precision` judges, and in microseconds, which hold every year.
"""

from collections.abc import Iterator, Mapping
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.values.cast import plain_layout


def batches(content: pq.ParquetFile, file: IO[bytes], rows: int) -> Iterator[pa.RecordBatch]:
    """All rows of a file in order, in batches of at most so many; `content` is the opened `file`."""
    columns = [content.schema.column(number) for number in range(len(content.schema))]
    int96 = {column.path for column in columns if column.physical_type == "INT96"}
    if not int96:
        yield from content.iter_batches(rows)
        return
    names = [name for name in content.schema_arrow.names if name in int96]  # within lists and structs: microseconds
    exact = pq.ParquetFile(file, coerce_int96_timestamp_unit="us")
    for group in range(content.num_row_groups):
        fine, start = content.read_row_group(group, columns=names).combine_chunks(), 0
        for batch in exact.iter_batches(rows, row_groups=[group]):
            yield from _exact(batch, fine.slice(start, batch.num_rows)) if names else (batch,)
            start += batch.num_rows


def _exact(batch: pa.RecordBatch, nanoseconds: pa.Table) -> Iterator[pa.RecordBatch]:
    """The batch, in nanoseconds where they hold what is there; cut where a column needs both units."""
    fine = {name: plain_layout(nanoseconds.column(name)) for name in nanoseconds.column_names}
    far = {name: _wrapped(batch.column(name), values) for name, values in fine.items()}
    mixed = [flags for name, flags in far.items() if pc.any(flags).as_py() and _has_digits(fine[name], flags)]
    edges = sorted({int(row) + 1 for flags in mixed for row in np.flatnonzero(np.diff(flags))})
    for start, end in zip([0, *edges], [*edges, batch.num_rows], strict=True):
        held = {name: values[start:end] for name, values in fine.items() if not pc.any(far[name][start:end]).as_py()}
        yield _with(batch.slice(start, end - start), held)


def _wrapped(instants: pa.Array, fine: pa.Array) -> pa.Array:
    """True for each instant that nanoseconds don't hold."""
    cut = pc.floor_temporal(fine, unit="microsecond").cast(instants.type)
    return pc.fill_null(pc.not_equal(cut, instants), False)


def _has_digits(fine: pa.Array, far: pa.Array) -> bool:
    """True if an instant that is held has digits below microseconds."""
    lost = pc.not_equal(pc.floor_temporal(fine, unit="microsecond"), fine)
    return bool(pc.any(pc.and_not(lost, far)).as_py())


def _with(batch: pa.RecordBatch, others: Mapping[str, pa.Array]) -> pa.RecordBatch:
    columns = [others.get(name, batch.column(name)) for name in batch.schema.names]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
