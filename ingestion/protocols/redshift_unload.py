"""Large answers out of Redshift: UNLOAD has every slice of the cluster write its part to S3 as Parquet, and the parts
are streamed from there. Memory is bounded by one row group of a part, and the leader node holds nothing.

The manifest that Redshift writes last says which parts there are; a part that is missing is an error. The folder is
removed afterwards. What a killed load leaves in it is garbage: give the prefix a lifecycle rule of a day.
"""

import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.protocols.files.parquet import batches
from ingestion.protocols.files.store import Store, Stored, fetched, open_store
from ingestion.spec import SourceError

MANIFEST = "manifest"
BATCH_ROWS = 50_000


def unload(execute: Callable[[str], None], sql: str, to: str, role: str) -> Iterator[pa.Table]:
    """The answer to a query by way of `to` (s3://bucket/prefix); `role` is an ARN, or `default`.

    Raises SourceError, SourceUnavailable, and what `execute` raises.
    """
    folder = f"{to.rstrip('/')}/{uuid4()}"
    store = open_store("redshift", folder)
    try:
        execute(statement(sql, folder, role))
        for part in _parts(store, folder):
            with fetched(store, part) as file, pq.ParquetFile(file) as parquet:
                for batch in batches(parquet, file, BATCH_ROWS):
                    yield pa.Table.from_batches([batch])
    finally:
        store.remove(store.list("*"))


def statement(sql: str, folder: str, role: str) -> str:
    """The UNLOAD; the query is a text literal in it."""
    grant = "default" if role == "default" else _literal(role)
    return f"unload ({_literal(sql)}) to {_literal(folder + '/')} iam_role {grant} format as parquet manifest"


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _parts(store: Store, folder: str) -> list[Stored]:
    """The files that the manifest names, in its order."""
    there = {stored.key: stored for stored in store.list("*")}
    if MANIFEST not in there:
        raise SourceError(f"redshift: UNLOAD to {folder} ended without a manifest, so nobody knows what is missing")
    with fetched(store, there[MANIFEST]) as file:
        named = [str(entry["url"]).rsplit("/", 1)[-1] for entry in json.load(file)["entries"]]
    if missing := [name for name in named if name not in there]:
        raise SourceError(f"redshift: {folder} lacks {', '.join(missing)}, which the manifest of UNLOAD names")
    return [there[name] for name in named]
