"""Ask a lake without dbt.

with open_lake("s3://bucket/lake") as lake:
    rows = lake.sql("select * from gold.customer_360 limit 10")
"""

from types import TracebackType

import pyarrow as pa
from dbt.adapters.lake.lake import Lake
from dbt.adapters.lake.server import ask
from dbt.adapters.lake.statements import QUERY, execute, rows_of


class Session:
    """A lake that is open for questions, seen as it was when it was opened; rows are always the newest."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def sql(self, query: str) -> pa.Table:
        """The rows of a query; instants are timestamps in UTC. No rows and no columns for other statements.

        Raises `LakeError` (its `msg` is for people) and PySparkException.
        """
        frame = execute(self._lake, query)
        return pa.table({}) if frame is None else rows_of(frame)

    def relations(self) -> set[tuple[str, str]]:
        """Schema and name of every table and view."""
        known = self._lake.catalogue
        return {(name.schema, name.identifier) for name in (*known.tables, *known.views)}

    def files(self, query: str) -> list[str]:
        """Files that a query names by their paths, beside the lake's tables; none for other statements."""
        return ask(self._lake.spark, query).inputFiles() if QUERY.match(query) else []

    def close(self) -> None:
        """Let others write, if anything was written."""
        self._lake.close()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_lake(root: str, *, lock: str | None = None, lock_timeout: float = 0) -> Session:
    """Open the lake at this root, an absolute folder or s3://bucket/prefix; the folder is made where it is missing.

    It is for reading only, unless `lock` names the schema of the profile that builds there: then the first statement
    that writes takes the same lock as a build, waiting at most `lock_timeout` seconds. Raises `LakeError`.
    """
    lake = Lake.at(root.rstrip("/"))
    lake.begin({}, lock, lock_timeout, writing=False, again=True)
    return Session(lake)
