"""A small dbt project in a temporary folder, run by the real dbt: in this process, or in one of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from dbt.adapters.lake.folder import Folder, Name
from dbt.adapters.lake.lake import Lake
from dbt.adapters.lake.session import open_lake
from dbt.cli.main import dbtRunner, dbtRunnerResult
from deltalake import DeltaTable

PROJECT = """
name: shop
profile: shop
flags: {send_anonymous_usage_stats: false, use_colors: false}
snapshots: {+file_format: delta}
models: {+file_format: delta, +incremental_strategy: merge, +materialized: table}
"""
PROFILE = """
shop:
  target: lake
  outputs:
    lake: {type: lake, root: lake, schema: gold, threads: 4, lock_timeout: 0.1, clock: clock}
"""


@dataclass(frozen=True)
class Outcome:
    """What a dbt command did."""

    result: dbtRunnerResult

    @property
    def ok(self) -> bool:
        """Whether all went well."""
        return self.result.success

    @property
    def messages(self) -> dict[str, str]:
        """Node -> what dbt says of it."""
        return {node.node.name: str(node.message) for node in self.result.result or []}

    @property
    def error(self) -> str:
        """Everything that went wrong, as one text."""
        failed = [str(node.message) for node in self.result.result or [] if node.status in ("error", "fail")]
        return "\n".join([*failed, str(self.result.exception or "")])


@dataclass(frozen=True)
class Project:
    """A dbt project whose lake is its folder `lake`."""

    path: Path

    @property
    def folder(self) -> Folder:
        """The lake's files."""
        return Folder(str(self.path / "lake"))

    def write(self, **files: str) -> None:
        """Write models by name; others with their kind: history__snapshot, orders__yml, cities__csv."""
        places = {"": "models/{}.sql", "yml": "models/{}.yml", "csv": "seeds/{}.csv"}
        places |= {"snapshot": "snapshots/{}.sql", "macro": "macros/{}.sql"}
        for key, text in files.items():
            name, _, kind = key.partition("__")
            file = self.path / places[kind].format(name)
            file.parent.mkdir(exist_ok=True)
            file.write_text(dedent(text).lstrip("\n"))

    def configure(self, **fields: Any) -> None:
        """Change fields of the profile."""
        profile = yaml.safe_load(PROFILE)
        profile["shop"]["outputs"]["lake"].update(fields)
        (self.path / "profiles.yml").write_text(yaml.safe_dump(profile))

    def dbt(self, *arguments: str, callbacks: Sequence[Callable[[Any], None]] = ()) -> Outcome:
        """Run dbt in this process; callbacks are told of its events."""
        place = ["--project-dir", str(self.path), "--profiles-dir", str(self.path)]
        return Outcome(dbtRunner(callbacks=list(callbacks)).invoke([*arguments, *place]))

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start dbt in a process of its own, in a folder that is not the project's."""
        place = ["--project-dir", str(self.path), "--profiles-dir", str(self.path)]
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("dbt")), *arguments, *place],
            cwd=self.path.parent,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Ask the lake."""
        rows: list[dict[str, Any]] = open_lake(self.folder.root).sql(query).to_pylist()
        return rows

    def column(self, query: str) -> list[Any]:
        """The values of a query's first column."""
        return [next(iter(row.values())) for row in self.rows(query)]

    def name(self, table: str) -> Name:
        """A gold table's name."""
        return Name("gold", table)

    def delta(self, table: str) -> DeltaTable:
        """A gold table as delta-rs sees it."""
        return self.folder.delta(self.name(table))

    def types(self, table: str) -> dict[str, tuple[str, bool]]:
        """A gold table's columns in its log: type, nullable."""
        return {field.name: (str(field.type), field.nullable) for field in self.delta(table).schema().fields}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all tests' projects, since dbt parses hundreds of macros when a project is new to it."""
    return tmp_path_factory.mktemp("shop")


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    """A project without models, and a lake without tables."""
    for name in ("models", "seeds", "snapshots", "macros", "lake"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "dbt_project.yml").write_text(PROJECT)
    project = Project(folder)
    project.configure()
    yield project
    forget()


def forget() -> None:
    """Let this process forget its lakes: the next look is like a new process's, with a new session."""
    Lake.end()
    Lake._opened.clear()


@pytest.fixture
def new_process() -> Any:
    """Call it to go on as a new process would."""
    return forget
