"""All `txn` actions of a Delta log in one pass.

delta-rs answers for one application id at a time and reads the log anew for each: 8 ms, and a source of files has one
for every object it ever held. Here the log is read once: the last checkpoint, and the commits after it.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileSelector, FileSystem, PyFileSystem

from ingestion.bronze.delta.storage import storage_options

READERS = 16
_CHECKPOINT = re.compile(r"(?P<version>\d{20})\.checkpoint\.(?:(?P<part>\d{10})\.(?P<parts>\d{10})\.)?parquet")


def txns(table: DeltaTable, prefix: str) -> dict[str, int]:
    """Application id -> version, as of the table's snapshot, of those whose id begins with `prefix`."""
    files: FileSystem = PyFileSystem(DeltaStorageHandler(table.table_uri, storage_options()))
    listed = [info.base_name for info in files.get_file_info(FileSelector("_delta_log"))]
    start, parts = _last_checkpoint(listed, table.version())
    commits = [f"_delta_log/{version:020d}.json" for version in range(start + 1, table.version() + 1)]
    with ThreadPoolExecutor(READERS) as pool:
        kept = pool.map(lambda name: list(_from_checkpoint(files, f"_delta_log/{name}")), parts)
        later = pool.map(lambda path: list(_from_commit(files, path)), commits)
        # in order: a later commit's version of the same id wins
        return {app: version for found in (*kept, *later) for app, version in found if app.startswith(prefix)}


def _last_checkpoint(listed: list[str], newest: int) -> tuple[int, list[str]]:
    """The version of the last whole checkpoint of the snapshot, and its files; -1 and none without one."""
    found: dict[int, list[str]] = defaultdict(list)
    wanted: dict[int, int] = {}
    for name in listed:
        if (match := _CHECKPOINT.fullmatch(name)) and int(match["version"]) <= newest:
            found[int(match["version"])].append(name)
            wanted[int(match["version"])] = int(match["parts"] or 1)
    whole = [version for version, names in found.items() if len(names) >= wanted[version]]
    return (max(whole), found[max(whole)]) if whole else (-1, [])


def _from_checkpoint(files: FileSystem, path: str) -> Iterator[tuple[str, int]]:
    with files.open_input_file(path) as stream:
        actions = pq.read_table(stream, columns=["txn"]).column("txn")
    for action in actions.drop_null().to_pylist():
        yield action["appId"], action["version"]


def _from_commit(files: FileSystem, path: str) -> Iterator[tuple[str, int]]:
    with files.open_input_stream(path) as stream:
        for line in stream.read().splitlines():
            if line.startswith(b'{"txn"'):
                action = json.loads(line)["txn"]
                yield action["appId"], action["version"]
