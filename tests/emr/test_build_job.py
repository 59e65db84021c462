"""The job of EMR Serverless, as it is shipped, builds what the local engine builds; what fails is retried elsewhere."""

import json
import shutil
from pathlib import Path

import pytest
from deltalake import DeltaTable

from ingestion.settings import Settings
from operations.commands.gate import GateClosed, check_build
from operations.dbt.command import read_results
from operations.emr.package import package
from tests.emr.spark_submit import Cluster
from tests.engines.bringing import installed
from tests.engines.digest import digest
from tests.engines.engine import Engine

pytestmark = [pytest.mark.engines, pytest.mark.timeout(3600)]

BUILT = ("silver", "gold", "snapshots", "seeds")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of `make environment`."""
    folder = tmp_path_factory.mktemp("build")
    package(folder)
    return folder


@pytest.fixture
def cluster(lake: Settings, files: Path, tmp_path: Path) -> Cluster:
    """Spark over a lake of its own, which has the bronze of the local engine's."""
    shutil.copytree(lake.bronze, tmp_path / "lake" / "bronze")
    settings = {
        "LAKEHOUSE_ROOT": str(tmp_path / "lake"),
        "LAKEHOUSE_ARTIFACTS": str(tmp_path / "artifacts"),
        "LAKEHOUSE_NOW": lake.now().isoformat(),
        "DBT_INDIRECT_SELECTION": "buildable",  # no test that asks a table outside of the selection
    }
    return Cluster(installed("spark"), files, settings)


def tables(root: Path) -> dict[str, Path]:
    found = {f"{path.parts[-3]}.{path.parts[-2]}": path.parent for path in root.glob("*/*/_delta_log")}
    return {name: path for name, path in found.items() if name.split(".")[0] in BUILT}


def unequal(lake: Settings, root: Path) -> list[str]:
    """Names of the tables that differ from the local engine's."""
    built, wanted = tables(root), tables(Path(lake.root))
    apart = [name for name in Engine.apart if "." not in name]
    return [
        name
        for name, path in built.items()
        if digest(DeltaTable(path).to_pyarrow_table(), without=apart)
        != digest(DeltaTable(wanted[name]).to_pyarrow_table(), without=apart)
    ]


def test_a_build_that_fails_is_retried_on_a_fresh_worker_and_equals_the_local_engines(
    cluster: Cluster, lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "lake"
    in_the_way = root / "gold" / "fact_sales"
    in_the_way.parent.mkdir()
    in_the_way.write_text("no table can be written here")
    first = cluster.submit(tmp_path / "one", "--run-id", "first", "--select", "+fact_sales")
    assert first.returncode == 1, first.stdout[-3000:] + first.stderr[-3000:]
    monkeypatch.setenv("LAKEHOUSE_ROOT", str(root))
    with pytest.raises(GateClosed, match="fact_sales"):
        check_build(Settings.load())

    in_the_way.unlink()
    second = cluster.submit(tmp_path / "two", "--run-id", "second", "--retry", "first")
    assert second.returncode == 0, second.stdout[-3000:] + second.stderr[-3000:]
    check_build(Settings.load())
    results = {run: read_results(tmp_path / "artifacts" / "runs" / run, run) for run in ("first", "second")}
    models = {
        run: {node["unique_id"] for node in nodes if node["unique_id"].startswith("model.")}
        for run, nodes in results.items()
    }
    assert len(models["first"]) > 10
    assert models["second"] == {"model.lakehouse.fact_sales"}
    outcome = json.loads((tmp_path / "artifacts" / "runs" / "second" / "outcome.json").read_text())
    assert outcome == {"exit_code": 0}
    assert {"gold.fact_sales", "silver.order_items"} & tables(root).keys() == {"gold.fact_sales", "silver.order_items"}
    assert unequal(lake, root) == []


@pytest.mark.soak
def test_a_whole_build_equals_the_local_engines(cluster: Cluster, lake: Settings, tmp_path: Path) -> None:
    ran = cluster.submit(tmp_path / "one", "--run-id", "whole")
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert unequal(lake, tmp_path / "lake") == []
    assert tables(tmp_path / "lake").keys() == tables(Path(lake.root)).keys()
