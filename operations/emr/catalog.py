"""The tables of the lake in the catalog of a Spark session, where it is not Glue's."""

import re
from collections.abc import Iterator
from typing import Any

from ingestion.settings import Settings

NAME = re.compile(r"[a-z_][a-z0-9_]*")


def register_tables(session: Any, settings: Settings) -> None:
    """Create each table of the lake that the session's catalog lacks; Glue has them: loads register theirs."""
    if settings.catalog == "glue":
        return
    for schema in folders(session, settings.root):
        if schema.startswith(settings.prefix):
            session.sql(f"create schema if not exists `{schema}`")
            known = {row.tableName for row in session.sql(f"show tables in `{schema}`").collect()}
            for table in folders(session, f"{settings.root}/{schema}", holding="_delta_log"):
                if table not in known:
                    place = f"{settings.root}/{schema}/{table}"
                    session.sql(f"create table `{schema}`.`{table}` using delta location '{place}'")


def folders(session: Any, place: str, holding: str = "") -> Iterator[str]:
    """Yield the names of the folders in a place, by Spark's file systems, that hold something of a name."""
    path_of = session._jvm.org.apache.hadoop.fs.Path
    path = path_of(place)
    files = path.getFileSystem(session._jsc.hadoopConfiguration())
    for found in files.listStatus(path) if files.exists(path) else ():
        name = found.getPath().getName()
        has_it = not holding or files.exists(path_of(found.getPath(), holding))
        if found.isDirectory() and NAME.fullmatch(name) and has_it:
            yield name
