"""Sail's catalogue lives in memory and forgets: here it is made to say what the folder says."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from dbt.adapters.events.logging import AdapterLogger
from dbt.adapters.lake.errors import TableUnknown
from dbt.adapters.lake.folder import Folder, Name
from dbt.adapters.lake.sqltext import literal
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

Kind = Literal["table", "view"]
READERS = 8
"""Tables that are registered at the same time."""
logger = AdapterLogger("Lake")


class Catalogue:
    """The relations that Sail knows, in step with the folder after every `sync`."""

    def __init__(self, folder: Folder, spark: SparkSession) -> None:
        self._folder, self._spark = folder, spark
        self._schemas: set[str] = set()
        self.tables: set[Name] = set()
        self.views: dict[Name, str] = {}

    def kind(self, name: Name) -> Kind | None:
        """Return the kind of relation that Sail has under this name."""
        return "table" if name in self.tables else "view" if name in self.views else None

    def sync(self) -> None:
        """Register what appeared in the folder, forget what is gone, restore the views."""
        schemas = self._folder.schemas()
        tables = {name for schema in schemas for name in self._folder.tables(schema)}
        views = {name: text for schema in schemas for name, text in self._folder.views(schema).items()}
        views = {name: text for name, text in views.items() if name not in tables}
        for schema in schemas:
            self.add_schema(schema)
        for name in (self.tables - tables) | {name for name in self.views if views.get(name) != self.views[name]}:
            self.forget(name)
        with ThreadPoolExecutor(READERS) as pool:  # each reads a log: on S3 that is waiting, mostly
            list(pool.map(self._restore_table, sorted(tables - self.tables)))
        self._restore_views({name: text for name, text in views.items() if name not in self.views})

    def add_schema(self, schema: str) -> None:
        """Let Sail know a schema; its folder is made by its first table."""
        if schema not in self._schemas:
            place = literal(f"{self._folder.root}/{schema}")
            self._spark.sql(f"create schema if not exists `{schema}` location {place}")
            self._schemas.add(schema)

    def drop_schema(self, schema: str) -> None:
        """Take an empty schema out of Sail's catalogue and out of the folder."""
        self._folder.delete_schema(schema)
        if schema in self._schemas:
            self._spark.sql(f"drop schema if exists `{schema}`")
            self._schemas.remove(schema)

    def add_table(self, name: Name) -> None:
        """Let Sail know a table of the folder; it reads schema and rows from the log at every query."""
        if name not in self.tables:
            place = literal(self._folder.uri(name))
            self._spark.sql(f"create table if not exists {name} using delta location {place}")
            self.tables.add(name)

    def add_view(self, name: Name, text: str) -> None:
        """Let Sail know a view; raises what Sail raises when the view can't be read back."""
        self._spark.sql(f"create or replace view {name} {text}")
        try:
            _ = self._spark.table(str(name)).schema  # Sail keeps a view's text without its backticks
        except PySparkException:
            self._spark.sql(f"drop view if exists {name}")
            raise
        self.views[name] = text

    def forget(self, name: Name) -> None:
        """Take a relation out of Sail's catalogue; its files stay."""
        if kind := self.kind(name):
            self._spark.sql(f"drop {kind} if exists {name}")
        self.tables.discard(name)
        self.views.pop(name, None)

    def claim(self, name: Name) -> None:
        """Fail closed: a table that the catalogue does not know is someone's data. Raises `TableUnknown`."""
        if name not in self.tables and self._folder.has_commits(name):
            raise TableUnknown(
                f"{self._folder.uri(name)} holds a Delta table that this run does not know, so it is not replaced: "
                "if another run has just made it, run again; if it can't be read (dbt --debug says why), mend it or "
                "move its folder away"
            )

    def _restore_table(self, name: Name) -> None:
        try:
            self.add_table(name)
        except PySparkException as error:  # unknown to dbt, and `claim` refuses to write over it
            logger.warning(f"{name} is not a readable Delta table and is left alone: {_first_line(error)}")

    def _restore_views(self, views: dict[Name, str]) -> None:
        """In whatever order works, since views refer to each other."""
        while views:
            failed = {name: error for name, text in views.items() if (error := _attempt(self.add_view, name, text))}
            if len(failed) == len(views):
                for name, error in failed.items():
                    logger.warning(f"view {name} could not be restored, build it again: {_first_line(error)}")
            views = {name: views[name] for name in failed} if len(failed) < len(views) else {}


def _attempt(add: Callable[[Name, str], None], name: Name, text: str) -> PySparkException | None:
    try:
        add(name, text)
    except PySparkException as error:
        return error
    return None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]
