"""The crontab's lines, run by the shell that cron would use, around a stand-in for the command."""

import re
import subprocess
from pathlib import Path

import pytest

from ingestion.settings import PROJECT
from operations.cli import VERBS

CRONTAB = PROJECT / "infra" / "cron" / "lakehouse.crontab"
JOB = re.compile(r"^((?:[\d*,/-]+\s+){5})(\S.*)$", re.MULTILINE)
JOBS = {schedule.strip(): command for schedule, command in JOB.findall(CRONTAB.read_text())}


def run_line(schedule: str, exit_code: int, home: Path) -> str:
    """What cron would mail."""
    stand_in = home / ".venv" / "bin" / "lakehouse"
    stand_in.parent.mkdir(parents=True)
    stand_in.write_text(f'#!/bin/sh\necho "lakehouse $@"\necho "down: postgres" >&2\nexit {exit_code}\n')
    stand_in.chmod(0o755)
    env = {"LAKEHOUSE": str(home), "LOGS": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(["/bin/sh", "-c", JOBS[schedule]], env=env, capture_output=True, text=True).stdout


def test_the_daily_run_is_at_two_rates_are_loaded_every_hour_and_keys_compared_every_sunday() -> None:
    assert list(JOBS) == ["0 2 * * *", "30 * * * *", "0 9 * * 0"]


@pytest.mark.parametrize("schedule", JOBS)
def test_a_job_calls_a_verb_that_exists(schedule: str, tmp_path: Path) -> None:
    run_line(schedule, 0, tmp_path)
    (log,) = tmp_path.glob("*.log")
    assert log.read_text().split()[1] in VERBS


@pytest.mark.parametrize("schedule", JOBS)
def test_a_job_that_goes_well_mails_nothing_and_logs_all(schedule: str, tmp_path: Path) -> None:
    assert run_line(schedule, 0, tmp_path) == ""
    assert "down: postgres" in next(tmp_path.glob("*.log")).read_text()


@pytest.mark.parametrize("schedule", JOBS)
def test_a_job_that_fails_mails_the_end_of_its_log(schedule: str, tmp_path: Path) -> None:
    assert run_line(schedule, 1, tmp_path).endswith("down: postgres\n")


def test_no_line_holds_a_secret_or_an_unescaped_percent_sign() -> None:
    assert not re.search(r"(?i)(password|secret|token)\s*=", CRONTAB.read_text())
    assert not any(re.search(r"(?<!\\)%", command) for command in JOBS.values())
