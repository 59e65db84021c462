"""Lakes that tests build by dbt in their own process, and compare table by table."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import EventMsg
from deltalake import DeltaTable

from ingestion.settings import PROJECT

BUILT = ("silver", "gold")
KEPT = ("bronze", "snapshots")
"""What a build from scratch starts from."""
OF_THE_BUILD = {"_built_at", "_lines_built_at"}
"""Columns that tell of it, and not of the data."""
NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


def build(
    home: Path,
    *select: str,
    root: Path | None = None,
    artifacts: Path | None = None,
    callbacks: Sequence[Callable[[EventMsg], None]] = (),
) -> None:
    """dbt without its tests, of everything or of what is selected, into `<home>/lake` or another root; in this process,
    because dbt starts for longer than it builds a few tables. dbt's own files are in the home or in another folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PROJECT)
        patch.setenv("LAKEHOUSE_HOME", str(home))
        patch.setenv("LAKEHOUSE_ROOT", str(root or home / "lake"))
        own = artifacts or home
        folders = ["--target-path", str(own / "target"), "--log-path", str(own / "logs")]
        chosen = ["--select", *select] if select else []
        result = dbtRunner(callbacks=[*callbacks]).invoke(["--quiet", "build", *chosen, *NO_TESTS, *folders])
    assert result.success, result.exception or [
        f"{node.node.name}: {node.message}" for node in result.result if node.status not in ("success", "skipped")
    ]


def rows(table: Path) -> list[str]:
    """A table's rows in no order, each as text of its columns sorted by name, without the build's own."""
    found = DeltaTable(str(table)).to_pyarrow_table()
    return sorted(map(repr, found.select(sorted({*found.column_names} - OF_THE_BUILD)).to_pylist()))


def tables(root: Path) -> dict[str, list[str]]:
    """Every silver and gold table of a lake."""
    return {
        f"{schema}.{path.name}": rows(path)
        for schema in BUILT
        for path in sorted((root / schema).iterdir())
        if path.is_dir() and DeltaTable.is_deltatable(str(path))
    }


def assert_equal_lakes(built: Path, anew: Path) -> None:
    """Every table of both holds the same rows, and there is something in them."""
    left, right = tables(built), tables(anew)
    assert left.keys() == right.keys()
    assert any(left.values())
    different = {name: set(left[name]) ^ set(right[name]) for name in left if left[name] != right[name]}
    assert not different, {name: sorted(found)[:4] for name, found in different.items()}
