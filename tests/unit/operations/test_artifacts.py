import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from ingestion.settings import SettingError, Settings
from operations.dbt.artifacts import NothingToRetry, fetch_run, read_outcome, save_outcome, save_run
from operations.records.file_store import FileStore, StoreUnavailable

RUN = "20261015T020000Z-1a2b"


@pytest.fixture(params=["folder", "bucket"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Artifacts in a folder, and below a prefix of a bucket."""
    known = replace(Settings.load(), home=tmp_path / "home")
    if request.param == "folder":
        yield replace(known, artifacts=str(tmp_path / "artifacts"))
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="artifacts")
        yield replace(known, artifacts="s3://artifacts/below")


def target(folder: Path, run_id: str) -> Path:
    """A folder of dbt, with the results of a run."""
    folder.mkdir()
    results = {"metadata": {"env": {"LAKEHOUSE_RUN_ID": run_id}}, "results": [{"unique_id": "model.lakehouse.one"}]}
    (folder / "run_results.json").write_text(json.dumps(results))
    (folder / "manifest.json").write_text("{}")
    (folder / "partial_parse.msgpack").write_bytes(b"parsed")
    return folder


def test_another_worker_finds_what_dbt_left(settings: Settings, tmp_path: Path) -> None:
    left = target(tmp_path / "left", RUN)
    save_run(settings, RUN, left)
    fetch_run(settings, RUN, tmp_path / "fresh" / "target")
    names = ("manifest.json", "run_results.json", "partial_parse.msgpack")
    assert [(tmp_path / "fresh" / "target" / name).read_bytes() for name in names] == [
        (left / name).read_bytes() for name in names
    ]


def test_results_of_an_earlier_run_are_not_copied(settings: Settings, tmp_path: Path) -> None:
    save_run(settings, RUN, target(tmp_path / "left", "another"))
    with pytest.raises(NothingToRetry, match=rf"run {RUN} left no run_results.json at .*/runs/{RUN}: .*--only build`"):
        fetch_run(settings, RUN, tmp_path / "fresh")
    assert not list((tmp_path / "fresh").iterdir())


def test_an_outcome_is_read_where_there_is_one(settings: Settings) -> None:
    assert read_outcome(settings, RUN) is None
    save_outcome(settings, RUN, {"exit_code": 1})
    assert read_outcome(settings, RUN) == {"exit_code": 1}


def test_without_artifacts_nothing_is_copied_and_a_retry_says_what_to_set(settings: Settings, tmp_path: Path) -> None:
    without = replace(settings, artifacts="")
    save_run(without, RUN, target(tmp_path / "left", RUN))
    with pytest.raises(SettingError, match="LAKEHOUSE_ARTIFACTS is not set: expected the folder or s3://"):
        fetch_run(without, RUN, tmp_path)


def test_artifacts_that_can_t_be_written_stop_no_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "artifacts").write_text("a file")
    settings = replace(Settings.load(), artifacts=str(tmp_path / "artifacts"))
    save_run(settings, RUN, target(tmp_path / "left", RUN))
    assert "artifacts.not_saved" in "".join(capsys.readouterr())


def test_a_store_names_the_file_that_it_can_t_reach(settings: Settings, tmp_path: Path) -> None:
    store = FileStore(settings.artifacts)
    if not settings.artifacts.startswith("s3://"):
        Path(settings.artifacts).write_text("a file")
    else:
        store = FileStore("s3://no-such-bucket")
    (tmp_path / "one").write_text("one")
    with pytest.raises(StoreUnavailable, match=r"/jobs/one: .*; check the address"):
        store.put(tmp_path / "one", "jobs/one")
