"""The catalogue: AWS Glue knows every table of the lake, as Athena and Trino both read Delta.

An entry says where a table is and repeats its columns; the Delta log stays the truth. So a lost or stale catalogue is
mended by registering again, which writes only what differs.
"""

import json
import threading
from collections.abc import Iterable
from typing import Any

from ingestion.bronze import crash
from ingestion.bronze.errors import BronzeError
from ingestion.bronze.history import note
from ingestion.bronze.storage import open_table
from ingestion.settings import Settings

COMMENTS = {
    "_ingest_ts": "When the row was loaded: one instant for a load, later than any load before",
    "_ingest_date": "The day of _ingest_ts; the partition",
    "_source": "The source's name",
    "_run_id": "The run that loaded the row",
    "_load_id": "The load, as in bronze.loads and dlt",
    "_row_id": "Equal for equal rows: the position in a file or stream, else the md5 of key, cursor and all values",
    "_version": "Orders the versions of a key: the cursor in microseconds, an offset, or the position in a file",
    "_is_deleted": "Whether the row stands for a deletion that its source leaves no trace of",
}
_HIVE = {"long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint", "timestamp_ntz": "timestamp"}


class CatalogUnavailable(BronzeError):
    """Glue can't be reached or refused us; the tables are loaded all the same."""


class Catalog:
    """Glue, listed once for each schema and told what it doesn't know. Threads may share it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Any]] = {}
        self._glue: Any = None
        self._failed: CatalogUnavailable | None = None

    def register(self, schema: str, tables: Iterable[str]) -> list[str]:
        """Make Glue know these tables of a schema as they are now; returns those that it didn't.

        Tables that don't exist (yet) are left out. Does nothing where the catalogue is not Glue. Raises
        CatalogUnavailable, and after that at once.
        """
        if self._settings.catalog != "glue":
            return []
        from botocore.exceptions import BotoCoreError, ClientError  # slow, and needed only here

        with self._lock:
            if self._failed:
                raise self._failed
            try:
                return self._register(f"{self._settings.prefix}{schema}", tables)
            except (BotoCoreError, ClientError) as error:
                self._failed = CatalogUnavailable(
                    f"the Glue catalogue does not take tables: {error}; what was loaded is in the lake, and the next "
                    "run registers it"
                )
                raise self._failed from error

    def _register(self, database: str, tables: Iterable[str]) -> list[str]:
        known = self._tables(database)
        changed = []
        for name in tables:
            entry = _entry(name, f"{self._settings.root}/{database}/{name}")
            if entry is None or _says(known.get(name), entry):
                continue
            crash.point("registering")
            put = self._client().update_table if name in known else self._client().create_table
            put(DatabaseName=database, TableInput=entry)
            known[name] = entry
            changed.append(name)
        return changed

    def _tables(self, database: str) -> dict[str, Any]:
        """What Glue knows of a database; creates it where it is missing."""
        if database not in self._known:
            glue = self._client()
            try:
                pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
                self._known[database] = {table["Name"]: table for page in pages for table in page["TableList"]}
            except glue.exceptions.EntityNotFoundException:
                glue.create_database(DatabaseInput={"Name": database})
                self._known[database] = {}
        return self._known[database]

    def _client(self) -> Any:
        if self._glue is None:
            from boto3.session import Session
            from botocore.config import Config

            self._glue = Session().client("glue", config=Config(retries={"mode": "standard", "max_attempts": 3}))
        return self._glue


def register(settings: Settings, schema: str, tables: Iterable[str]) -> list[str]:
    """Register tables of a schema, see Catalog.register."""
    return Catalog(settings).register(schema, tables)


def _says(known: Any, wanted: Any) -> bool:
    """Whether an entry has all that it should; Glue adds more to each."""
    if isinstance(wanted, dict):
        return isinstance(known, dict) and all(_says(known.get(name), value) for name, value in wanted.items())
    return bool(known == wanted)


def _entry(name: str, location: str) -> dict[str, Any] | None:
    """What Glue is told. Athena reads `table_type`; Trino wants the provider and the serde's path, or sees no row."""
    table = open_table(location)
    if table is None:
        return None
    return {
        "Name": name,
        **_described("Description", table.metadata().description),
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [],
        "Parameters": {
            "EXTERNAL": "TRUE",
            "table_type": "DELTA",
            "classification": "delta",
            "spark.sql.sources.provider": "delta",
        },
        "StorageDescriptor": {
            "Columns": [_column(field) for field in json.loads(table.schema().to_json())["fields"]],
            "Location": location,
            "InputFormat": "org.apache.hadoop.mapred.SequenceFileInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                "Parameters": {"path": location, "serialization.format": "1"},
            },
        },
    }


def _column(field: dict[str, Any]) -> dict[str, str]:
    comment = field["metadata"].get("comment") or COMMENTS.get(field["name"]) or note(field["metadata"])
    return {"Name": field["name"], "Type": _hive(field["type"]), **_described("Comment", comment)}


def _described(member: str, text: str | None) -> dict[str, str]:
    """Glue forgets empty texts: an entry with one would always differ."""
    return {member: text} if text else {}


def _hive(of: Any) -> str:
    """Hive's spelling of a Delta type."""
    if isinstance(of, str):
        return _HIVE.get(of, of)
    if of["type"] == "array":
        return f"array<{_hive(of['elementType'])}>"
    if of["type"] == "map":
        return f"map<{_hive(of['keyType'])},{_hive(of['valueType'])}>"
    members = ",".join(f"{member['name']}:{_hive(member['type'])}" for member in of["fields"])
    return f"struct<{members}>"
