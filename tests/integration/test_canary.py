"""A release's canary builds on the bronze of its environment, in schemas of its own."""

import shutil
from pathlib import Path

import pytest

from infra.release.canary import settings
from ingestion.settings import PROJECT, Settings
from operations.dbt.command import take_parsed
from tests.integration.lakes import build, rows


def test_a_canary_reads_the_environments_bronze_and_writes_beside_it(
    lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "lake"
    for table in ("fx_rates__rates_daily", "fx_rates__rates_hourly"):
        shutil.copytree(Path(lake.root, "bronze", table), root / "bronze" / table)
    take_parsed(PROJECT / "target", tmp_path / "target")
    for name, value in settings(prefix="").items():
        monkeypatch.setenv(name, value)
    build(lake.home, "+fx_rates", root=root, artifacts=tmp_path)
    assert rows(root / "canary_silver" / "fx_rates") == rows(Path(lake.root, "silver", "fx_rates"))
    assert not (root / "silver").exists()
