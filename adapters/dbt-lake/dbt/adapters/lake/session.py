"""A lake opened in this process, with or without dbt.

    from dbt.adapters.lake.session import open_lake
    rows = open_lake("s3://bucket/lake").sql("select * from gold.customer_360 limit 10")
"""

import threading

import pyarrow as pa

from dbt.adapters.lake.catalogue import Catalogue
from dbt.adapters.lake.folder import Folder
from dbt.adapters.lake.server import start_session


class Lake:
    """A folder of Delta tables and the Sail session that knows them. One for each root in a process."""

    _opened: dict[str, "Lake"] = {}  # noqa: RUF012 (the process's lakes)
    _opening = threading.Lock()

    def __init__(self, root: str) -> None:
        self.folder = Folder(root)
        self.spark = start_session()
        self.catalogue = Catalogue(self.folder, self.spark)

    @classmethod
    def of(cls, root: str) -> "Lake":
        """The process's lake at this root; opened at the first call."""
        with cls._opening:
            return cls._opened.get(root) or cls._opened.setdefault(root, cls(root))

    def sql(self, query: str) -> pa.Table:
        """Ask Sail; instants come as timestamps in UTC. Raises PySparkException."""
        return self.spark.sql(query).toArrow()


def open_lake(root: str) -> Lake:
    """The lake at this root (an absolute folder or s3://bucket/prefix), seen as it is now."""
    lake = Lake.of(root.rstrip("/"))
    lake.catalogue.sync()
    return lake
