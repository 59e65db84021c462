"""The local engine: Sail in dbt's own process."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from tests.engines.engine import Engine, TableName


class Local(Engine):
    """A lake in the engine's folder, with the bronze of all engines in it."""

    name = "Sail 0.7"
    target = "local"

    def take(self, bronze: Path) -> None:
        """Copy it into the lake, which follows no link."""
        shutil.copytree(bronze, self.folder / "lake" / "bronze", dirs_exist_ok=True)

    def environment(self) -> Mapping[str, str]:
        """The lake's root."""
        return {"LAKEHOUSE_HOME": str(self.folder), "LAKEHOUSE_ROOT": str(self.folder / "lake")}

    def table(self, table: TableName) -> pa.Table:
        """As delta-rs reads it."""
        return DeltaTable(str(self.folder / "lake" / table.schema / table.name)).to_pyarrow_table()


@contextmanager
def local(folder: Path) -> Iterator[Engine]:
    """The local engine; it needs no server."""
    yield Local(folder)
