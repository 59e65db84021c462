"""The dlt destination: dlt extracts, packs and retries; bronze commits.

A job puts one Parquet file into its table's folder, which changes nothing for readers; when all jobs of a package are
done, dlt calls `complete_load`, and the files become visible in one commit. No state is kept or read here.
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, cast

from dlt.common.configuration import configspec
from dlt.common.destination import Destination, DestinationCapabilitiesContext
from dlt.common.destination.client import (
    DestinationClientDwhConfiguration,
    JobClientBase,
    LoadJob,
    RunnableLoadJob,
)
from dlt.common.destination.configuration import ParquetFormatConfiguration
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.schema.utils import is_dlt_table_or_column
from dlt.destinations.job_impl import FinalizedLoadJob


class Landing(Protocol):
    """The destination of a package's files."""

    def put(self, table: str, file: Path, load_id: str) -> None:
        """Take one file; may be called again with the same file."""
        ...

    def commit(self, load_id: str) -> object:
        """Make all of them visible."""
        ...


@configspec
class BronzeConfiguration(DestinationClientDwhConfiguration):
    """`landing` is given by the load; plain `dlt pipeline … info` has none and needs none."""

    destination_type: Final[str] = dataclasses.field(default="bronze", init=False, repr=False, compare=False)  # type: ignore[misc]
    landing: Any | None = None


class PutFile(RunnableLoadJob):
    """Puts one file where its table is."""

    def run(self) -> None:
        """Called by dlt in a worker thread, again after an error that may pass."""
        cast(BronzeClient, self._job_client).landing.put(self.load_table_name, Path(self._file_path), self._load_id)


class BronzeClient(JobClientBase):
    """The client that dlt calls while it loads a package."""

    @property
    def landing(self) -> Landing:
        """This load's; raises RuntimeError when dlt was started by hand, which may not load a stale package."""
        landing = cast(BronzeConfiguration, self.config).landing
        if landing is None:
            raise RuntimeError("bronze is loaded by `lakehouse ingest`, never by dlt alone: the window may be stale")
        return cast(Landing, landing)

    def initialize_storage(self, truncate_tables: Iterable[str] | None = None) -> None:
        """Nothing to prepare: the first commit creates the table."""

    def is_storage_initialized(self) -> bool:
        """Always."""
        return True

    def drop_storage(self) -> None:
        """Bronze is append-only: dlt never removes anything."""

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        """One job for each file; dlt's own tables (its state) are never kept."""
        if is_dlt_table_or_column(str(table["name"]), self.schema._dlt_tables_prefix):
            return FinalizedLoadJob(file_path)
        return PutFile(file_path)

    def complete_load(self, load_id: str) -> None:
        """All files are there: commit."""
        self.landing.commit(load_id)

    def __enter__(self) -> "BronzeClient":
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        pass


class bronze(Destination[BronzeConfiguration, BronzeClient]):  # noqa: N801  (dlt's destinations are lower case)
    """`dlt.pipeline(destination=bronze(landing=…))`."""

    spec = BronzeConfiguration

    def __init__(
        self, landing: Landing | None = None, destination_name: str | None = None, environment: str | None = None
    ) -> None:
        super().__init__(destination_name=destination_name, environment=environment, landing=landing)

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        caps = DestinationCapabilitiesContext.generic_capabilities("parquet")
        caps.supported_loader_file_formats = ["parquet"]
        caps.parquet_format = ParquetFormatConfiguration(compression="zstd")  # as fast as snappy, half the size
        caps.naming_convention = "direct"
        caps.has_case_sensitive_identifiers = True
        caps.supports_ddl_transactions = False
        caps.supports_transactions = False
        caps.max_table_nesting = 0
        return caps

    @property
    def client_class(self) -> type[BronzeClient]:
        """The client above."""
        return BronzeClient


bronze.register()
