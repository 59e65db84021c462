"""Objects that match no table: a line on stderr, a step of the run's record, a line of `lakehouse status`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ingestion.settings import Settings
from operations.commands import ingest, status
from operations.records.run_record import read_runs
from operations.unmatched_objects import lines

LINE = "vendor_files: 2 objects match no table and are not loaded: 'a.csv', 'price_list/a.zip'; correct the path"


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vendor drop on disk with two objects that are nobody's."""
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "test")  # no local services
    monkeypatch.setenv("SOURCES__VENDOR_FILES__BUCKET_URL", str(tmp_path / "drop"))
    (tmp_path / "drop" / "price_list").mkdir(parents=True)
    for key in ("a.csv", "price_list/a.zip"):
        (tmp_path / "drop" / key).write_bytes(b"x")
    return tmp_path / "drop"


def test_a_load_lists_them_and_status_shows_them(drop: Path) -> None:
    loaded = CliRunner().invoke(ingest.command, ["vendor_files"])
    assert loaded.exit_code == 0, loaded.output
    assert LINE in loaded.stderr
    [run] = read_runs(Settings.load())
    [step] = [step for step in run["steps"] if step["kind"] == "unmatched"]
    assert step["facts"] == {"count": 2, "keys": ["a.csv", "price_list/a.zip"]}
    assert LINE in " ".join(CliRunner().invoke(status.command, []).stdout.split())


def test_the_newest_record_counts(drop: Path) -> None:
    assert LINE in CliRunner().invoke(ingest.command, ["vendor_files"]).stderr
    for path in drop.rglob("a.*"):
        path.unlink()
    assert CliRunner().invoke(ingest.command, ["vendor_files"]).exit_code == 0
    assert lines(read_runs(Settings.load())) == []
