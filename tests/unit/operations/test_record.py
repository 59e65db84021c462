import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.settings import Settings
from operations.records.run_record import one_line, read_runs, recording


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.load(), home=tmp_path)


def written(settings: Settings) -> dict:
    (path,) = settings.runs.glob("*.json")
    return json.loads(path.read_text())


def test_a_record_is_on_disk_as_running_from_the_start(settings: Settings) -> None:
    with recording(settings, "run") as record:
        assert written(settings)["outcome"] == "running"
        assert written(settings)["run_id"] == record.run_id
        with record.step("build", "dbt"):
            assert written(settings)["steps"][0]["outcome"] == "running"
    assert written(settings)["outcome"] == "done"


def test_a_step_keeps_what_it_says_and_how_long_it_took(settings: Settings) -> None:
    with recording(settings, "run") as record, record.step("ingest", "postgres.users") as step:
        step.update(rows=7)
    (told,) = written(settings)["steps"]
    assert told["facts"] == {"rows": 7}
    assert told["outcome"] == "done"
    assert told["seconds"] >= 0


def test_a_failing_step_keeps_its_error_on_one_line_and_fails_the_run(settings: Settings) -> None:
    with pytest.raises(RuntimeError), recording(settings, "run") as record, record.step("build", "dbt"):
        raise RuntimeError("first\n  second")
    told = written(settings)
    assert told["outcome"] == "failed"
    assert told["steps"][0]["error"] == told["error"] == "first second"


def test_a_step_that_failed_without_an_exception_fails_the_run_too(settings: Settings) -> None:
    with recording(settings, "run") as record, record.step("ingest", "postgres.users") as step:
        step.fail("no")
    assert written(settings)["outcome"] == "failed"


def test_an_interrupt_is_recorded_as_one(settings: Settings) -> None:
    with pytest.raises(KeyboardInterrupt), recording(settings, "run") as record, record.step("build", "dbt"):
        raise KeyboardInterrupt
    assert written(settings)["outcome"] == "interrupted"
    assert written(settings)["steps"][0]["outcome"] == "interrupted"


def test_a_killed_run_is_told_as_interrupted_and_a_living_one_as_running(settings: Settings) -> None:
    program = f"""
import os, signal
from dataclasses import replace
from pathlib import Path
from ingestion.settings import Settings
from operations.records.run_record import recording
with recording(replace(Settings.load(), home=Path({str(settings.home)!r})), "run"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    assert written(settings)["outcome"] == "running"
    with recording(settings, "ingest"):
        living, killed = read_runs(settings)
    assert (living["verb"], living["outcome"]) == ("ingest", "running")
    assert (killed["verb"], killed["outcome"]) == ("run", "interrupted")


def test_runs_come_newest_first(settings: Settings) -> None:
    ids = []
    for _ in range(3):
        with recording(settings, "run") as record:
            ids.append(record.run_id)
    assert [run["run_id"] for run in read_runs(settings)] == ids[::-1]


def test_an_error_line_never_holds_a_password() -> None:
    assert (
        one_line("can't reach postgresql://shop:s3cret@db:5432/shop")
        == "can't reach postgresql://shop:***@db:5432/shop"
    )
