import gzip
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from ingestion.bronze.rows.duckdb import engine
from ingestion.settings import SettingError, Settings
from operations.cli import cli
from operations.permissions import OURS, make_private

PRICES = "vendor_id,sku,unit_cost,currency,valid_from\nV1,A,1.00,USD,2026-01-01\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that others may read."""
    home = tmp_path / "home"
    monkeypatch.setenv("LAKEHOUSE_HOME", str(home))
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "test")
    monkeypatch.delenv("LAKEHOUSE_ROOT", raising=False)
    os.umask(0o022)
    home.mkdir()
    return home


def open_to_others(home: Path) -> list[str]:
    paths = [home, *home.rglob("*")]
    return [str(path) for path in paths if stat.S_IMODE(path.lstat().st_mode) & 0o077 and not path.is_symlink()]


def test_a_load_leaves_nothing_that_others_may_read(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drop/price_list").mkdir(parents=True)
    (tmp_path / "drop/price_list/1.csv.gz").write_bytes(gzip.compress(PRICES.encode()))
    monkeypatch.setenv("SOURCES__VENDOR_FILES__BUCKET_URL", str(tmp_path / "drop"))
    ran = CliRunner().invoke(cli, ["ingest", "vendor_files", "--table", "price_list"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    assert "home_was_open_to_others" in ran.stderr
    assert {"runs", "locks", "lake", "dlt"} <= {path.name for path in home.iterdir()} <= set(OURS)
    assert open_to_others(home) == []


def test_what_an_engine_spills_is_private() -> None:
    with engine() as spilling:
        [[folder]] = spilling.sql("select current_setting('temp_directory')").fetchall()
    assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700


def test_an_older_home_is_closed_to_others_once(home: Path) -> None:
    (home / "runs").mkdir()
    (home / "runs/1.json").write_text("{}")
    (home / "services").mkdir()
    (home / "services/run").write_text("#!/bin/sh\n")
    (home / "services/run").chmod(0o755)
    (home / "services/gone").symlink_to("nowhere")
    with capture_logs() as events:
        make_private(Settings.load())
        make_private(Settings.load())
    assert [(event["mode_before"], event["files"]) for event in events] == [("0755", 4)]
    assert open_to_others(home) == []
    assert stat.S_IMODE((home / "services/run").stat().st_mode) == 0o700


def test_a_lake_outside_of_the_home_keeps_the_users_umask(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.rmdir()
    monkeypatch.setenv("LAKEHOUSE_ROOT", str(tmp_path / "shared"))
    make_private(Settings.load())
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert os.umask(0o022) == 0o022


def test_a_folder_that_others_write_to_is_no_home(home: Path) -> None:
    home.chmod(0o1777)
    with pytest.raises(SettingError, match="expected a folder of its own"):
        make_private(Settings.load())
    assert stat.S_IMODE(home.stat().st_mode) == 0o1777
