"""Parquet files on their way into a table: put in its folder, described with statistics for one `add` action each."""

import json
import os
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as kind
from deltalake.fs import DeltaStorageHandler
from deltalake.transaction import AddAction
from pyarrow.fs import LocalFileSystem, PyFileSystem, copy_files

from ingestion.bronze.delta.storage import storage_options
from ingestion.bronze.delta.table import PARTITION
from ingestion.disk import naming_full_disk

_SHORT = 32
"""Longer texts have no bounds in the statistics: cut ones would have to be rounded up."""


def put(source: Path, uri: str, name: str, day: date) -> AddAction:
    """Put a Parquet file into the table's folder and describe it; not part of the table until it is committed."""
    path = f"{PARTITION}={day.isoformat()}/{name}"
    if "://" in uri:
        copy_files(str(source), path, LocalFileSystem(), PyFileSystem(DeltaStorageHandler(uri, storage_options())))
    else:
        _link(source, Path(uri) / path)
    status = source.stat()
    modified = int(status.st_mtime * 1000)
    return AddAction(path, status.st_size, {PARTITION: day.isoformat()}, modified, True, statistics(source))


def rows(action: AddAction) -> int:
    """Return the number of rows in a file."""
    return int(json.loads(action.stats)["numRecords"])


def _link(source: Path, target: Path) -> None:
    """One file, two names, where the file system can; dlt removes its own."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not _linked(source, target):
        draft = target.with_name(f".{target.name}")
        with naming_full_disk(draft):
            shutil.copyfile(source, draft)
        draft.replace(target)


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        return False
    return True


def statistics(path: Path) -> str:
    """Delta statistics out of the Parquet footer: counts of all columns, bounds where Delta has a spelling."""
    with pq.ParquetFile(path) as file:
        metadata, schema = file.metadata, file.schema_arrow
    lows: dict[str, Any] = {}
    highs: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for index, of in enumerate(schema):
        groups = [metadata.row_group(g).column(index).statistics for g in range(metadata.num_row_groups)]
        if any(group is None or not group.has_null_count for group in groups):
            continue
        nulls[of.name] = sum(group.null_count for group in groups)
        if bounds := _bounds(of.type, [group for group in groups if group.num_values]):
            lows[of.name], highs[of.name] = bounds
    return json.dumps(
        {"numRecords": metadata.num_rows, "minValues": lows, "maxValues": highs, "nullCount": nulls}, default=_iso
    )


def _bounds(of: pa.DataType, groups: list[Any]) -> tuple[Any, Any] | None:
    if not groups or not all(group.has_min_max for group in groups):
        return None
    if not (kind.is_integer(of) or kind.is_string(of) or kind.is_timestamp(of) or kind.is_date(of)):
        return None
    low, high = min(group.min for group in groups), max(group.max for group in groups)
    if kind.is_string(of) and max(len(low), len(high)) > _SHORT:
        return None
    return low, high


def _iso(value: date | datetime) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat()
