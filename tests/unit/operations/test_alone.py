"""Two runs at once: one does everything, the other is refused at its start."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.settings import Settings
from operations.commands import publish, run
from operations.processes.command_lock import AlreadyRunning, alone
from operations.records.run_record import read_runs


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.load(), home=tmp_path, root=str(tmp_path / "lake"))


def test_a_second_run_is_refused_at_its_start_and_the_first_does_everything(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def ingest(*_: object) -> None:
        done.append("ingest")
        if len(done) == 1:
            with pytest.raises(AlreadyRunning, match="lakehouse run` is refused: another one is running") as refused:
                run.run(settings, ("ingest", "build"))
            assert refused.value.exit_code == 3

    phases = {"ingest": ingest, "build": lambda *_: done.append("build")}
    monkeypatch.setattr(run, "PHASES", phases)
    run.run(settings, ("ingest", "build"))
    assert done == ["ingest", "build"]
    assert sorted(record["outcome"] for record in read_runs(settings)) == ["done", "failed"]
    run.run(settings, ("build",))
    assert done == ["ingest", "build", "build"]


def test_a_publish_beside_another_is_refused(settings: Settings) -> None:
    with alone(settings, "publish"), pytest.raises(AlreadyRunning, match="lakehouse publish"):
        publish.publish(settings, "r")


def test_sets_of_different_prefixes_do_not_wait_for_each_other(settings: Settings) -> None:
    with alone(settings, "run"), alone(replace(settings, prefix="ana_"), "run"):
        pass
