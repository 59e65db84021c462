"""The catalogue: AWS Glue knows every table of the lake, as Athena and Trino both read Delta.

An entry says where a table is and repeats its columns; the Delta log stays the truth. So a lost or stale catalogue is
mended by registering again, which writes only what differs.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from ingestion.bronze import fault_points
from ingestion.bronze.delta.schema_history import note
from ingestion.bronze.delta.storage import open_table
from ingestion.bronze.errors import BronzeError
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


_COMMENT = 255
"""Characters that Glue keeps of a column's comment, on one line."""


class CatalogUnavailable(BronzeError):
    """Glue can't be reached or refused us; the tables are loaded all the same."""


class CatalogTaken(BronzeError):
    """Another engine keeps a table of this name in Glue: its entry is the only way to its rows."""


@dataclass(frozen=True)
class Documentation:
    """A table's description for people, beside what its own log says."""

    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """By name."""


class Catalog:
    """Glue, listed once for each schema and told what it doesn't know. Threads may share it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Any]] = {}
        self._glue: Any = None
        self._failed: CatalogUnavailable | None = None

    def register(
        self, schema: str, tables: Iterable[str], documented: Mapping[str, Documentation] | None = None
    ) -> list[str]:
        """Make Glue know these tables of a schema as they are now; returns those that it didn't.

        Tables that don't exist (yet) are left out; `documented` has what is said of some, by name. Does nothing where
        the catalogue is not Glue. Raises CatalogTaken, and CatalogUnavailable, after that at once.
        """
        if self._settings.catalog != "glue":
            return []
        from botocore.exceptions import BotoCoreError, ClientError  # slow, and needed only here

        with self._lock:
            if self._failed:
                raise self._failed
            try:
                return self._register(f"{self._settings.prefix}{schema}", tables, documented or {})
            except (BotoCoreError, ClientError) as error:
                self._failed = CatalogUnavailable(
                    f"the Glue catalogue does not take tables: {error}; what was loaded is in the lake, and the next "
                    "run registers it"
                )
                raise self._failed from error

    def _register(self, database: str, tables: Iterable[str], documented: Mapping[str, Documentation]) -> list[str]:
        known = self._tables(database)
        changed = []
        for name in tables:
            entry = _entry(name, f"{self._settings.root}/{database}/{name}", documented.get(name, Documentation()))
            if entry is None or _says(known.get(name), entry):
                continue
            fault_points.point("registering")
            self._put(database, entry)
            changed.append(name)
        return changed

    def _put(self, database: str, entry: dict[str, Any]) -> None:
        """Write an entry. Where another process has just written it, what stands there now is read and compared."""
        name, known, glue = entry["Name"], self._known[database], self._client()
        busy = (glue.exceptions.AlreadyExistsException, glue.exceptions.ConcurrentModificationException)
        for attempt in Retrying(retry=retry_if_exception_type(busy), stop=stop_after_attempt(5), reraise=True):
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    known[name] = glue.get_table(DatabaseName=database, Name=name)["Table"]
                    if _says(known[name], entry):
                        return
                _refuse_foreign(database, known.get(name, {}))
                put = glue.update_table if name in known else glue.create_table
                put(DatabaseName=database, TableInput=entry)
                known[name] = entry

    def _tables(self, database: str) -> dict[str, Any]:
        """Return what Glue knows of a database; creates it where it is missing."""
        if database not in self._known:
            glue = self._client()
            try:
                pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
                self._known[database] = {table["Name"]: table for page in pages for table in page["TableList"]}
            except glue.exceptions.EntityNotFoundException:
                with suppress(glue.exceptions.AlreadyExistsException):  # by another process, just now
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
    """True if an entry has all that it should; Glue adds more to each."""
    if isinstance(wanted, dict):
        return isinstance(known, dict) and all(_says(known.get(name), value) for name, value in wanted.items())
    return bool(known == wanted)


def _refuse_foreign(database: str, known: Mapping[str, Any]) -> None:
    """An Iceberg table's entry points at its newest state: written over, the table is lost."""
    kind = known.get("Parameters", {}).get("table_type", "")
    if kind.upper() == "ICEBERG":
        raise CatalogTaken(
            f"{database}.{known['Name']} is an Iceberg table in Glue, built by the target athena: build with "
            "one engine only, or set LAKEHOUSE_PREFIX for this one"
        )


def _entry(name: str, location: str, documented: Documentation) -> dict[str, Any] | None:
    """Return Glue's entry. Athena reads `table_type`; Trino wants the provider and the serde's path, or sees no row."""
    table = open_table(location)
    if table is None:
        return None
    return {
        "Name": name,
        **_described("Description", documented.description or table.metadata().description),
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [],
        "Parameters": {
            "EXTERNAL": "TRUE",
            "table_type": "DELTA",
            "classification": "delta",
            "spark.sql.sources.provider": "delta",
        },
        "StorageDescriptor": {
            "Columns": [_column(one, documented) for one in json.loads(table.schema().to_json())["fields"]],
            "Location": location,
            "InputFormat": "org.apache.hadoop.mapred.SequenceFileInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                "Parameters": {"path": location, "serialization.format": "1"},
            },
        },
    }


def _column(one: dict[str, Any], documented: Documentation) -> dict[str, str]:
    told = documented.columns.get(one["name"]) or one["metadata"].get("comment")
    comment = told or COMMENTS.get(one["name"]) or note(one["metadata"])
    return {"Name": one["name"], "Type": _hive(one["type"]), **_described("Comment", _one_line(comment or ""))}


def _one_line(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _COMMENT else f"{words[: _COMMENT - 1]}…"


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
