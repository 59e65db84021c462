"""What builds the project: an engine, as the comparison sees it. One file each: on_local.py, on_spark.py."""

import json
import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from ingestion.settings import PROJECT
from operations.dbt.glue_docs import NO_TABLE

DBT = Path(sys.executable).with_name("dbt")
WITHOUT_TESTS = ("--exclude-resource-type", "test", "unit_test")
OURS = ("LAKEHOUSE_", "SPARK_", "DBT_")
"""Variables that a build takes from its engine only."""


class BuildFailed(AssertionError):
    """dbt could not build everything: which engine, which nodes, its own words."""


@dataclass(frozen=True, order=True)
class TableName:
    """A table that the project builds, without any prefix."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


RESULTS = TableName("audit", "dq_results")
"""What tests found: a table of every build, and no model."""


class Engine(ABC):
    """Builds the project with plain dbt, from the bronze tables of a folder, into a place of its own."""

    name: ClassVar[str]
    """As people call it."""
    target: ClassVar[str]
    """Of profiles.yml."""
    instants: ClassVar[str] = "us"
    """How exactly it reads bronze's instants: `us` or `ms`. Tables are compared at that."""
    apart: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("dq_results.run_id", "dq_results.seconds", "dq_results.started_at", "_built_at", "_lines_built_at"),
        "of the build, not of the data",
    )
    """Columns (`fact_sales.customer_key`, or `customer_key` of any table) that can't be equal on it -> why."""

    def __init__(self, folder: Path) -> None:
        """Args: folder: an existing one, for dbt's artifacts and whatever the engine keeps."""
        self.folder = folder

    @abstractmethod
    def take(self, bronze: Path) -> None:
        """See what the Delta tables `<bronze>/<source>__<table>` hold now; called before each build."""

    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """The variables by which profiles.yml finds the engine."""

    @abstractmethod
    def table(self, table: TableName) -> pa.Table:
        """All rows of a table; instants with a zone or in UTC."""

    def build(self, bronze: Path, now: str, *, tested: bool = False) -> float:
        """One `dbt build` at an instant (ISO 8601), tested or not; the seconds of its process. Raises `BuildFailed`."""
        self.take(bronze)
        began = time.monotonic()
        ran = self.dbt("build", *(() if tested else WITHOUT_TESTS), LAKEHOUSE_NOW=now)
        if ran.returncode:
            raise BuildFailed(f"{self.name}: {'; '.join(self._failures()) or ran.stdout[-3000:] + ran.stderr[-3000:]}")
        return time.monotonic() - began

    def dbt(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run dbt against the engine to its end."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        folders = {"DBT_TARGET_PATH": str(self.folder / "target"), "DBT_LOG_PATH": str(self.folder / "logs")}
        return subprocess.run(
            [DBT, "--no-use-colors", *words, "--target", self.target],
            cwd=PROJECT,
            env={**mine, **folders, **self.environment(), **variables},
            capture_output=True,
            text=True,
        )

    def answers(self, asked: Mapping[str, tuple[str, str]], **variables: str) -> dict[str, str | None]:
        """What the engine says to SQL expressions, in one query.

        Args: asked: name -> an expression, with macros, and its type in Spark's words. Returns: name -> canonical text.
        """
        columns = [
            f"{{% set asked %}}({sql}){{% endset %}} '=' || {{{{ canonical_text(asked, '{kind}') }}}} as {name}"
            for name, (sql, kind) in asked.items()
        ]
        ran = self.dbt("--quiet", "show", "--inline", f"select {', '.join(columns)}", "--output", "json", **variables)
        if ran.returncode:
            raise BuildFailed(f"{self.name}: {ran.stdout[-3000:] + ran.stderr[-3000:]}")
        (row,) = json.loads(ran.stdout)["show"]
        return {name: None if value is None else value.removeprefix("=") for name, value in row.items()}

    def tables(self) -> list[TableName]:
        """Every model and snapshot that the last build has put into a table, by its manifest; and its test results."""
        manifest = json.loads((self.folder / "target" / "manifest.json").read_text())
        built = {
            TableName(node["schema"], node["alias"])
            for node in manifest["nodes"].values()
            if node["resource_type"] in ("model", "snapshot") and node["config"]["materialized"] not in NO_TABLE
        }
        return sorted({*built, RESULTS})

    def _failures(self) -> list[str]:
        results = self.folder / "target" / "run_results.json"
        told = json.loads(results.read_text())["results"] if results.is_file() else []
        return [
            f"{node['unique_id']}: {node['message']}"[:1000] for node in told if node["status"] in ("error", "fail")
        ]
