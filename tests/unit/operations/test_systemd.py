"""The systemd units have the schedules of operations/steps.py, and settings that the program reads."""

from configparser import RawConfigParser
from pathlib import Path

import pytest

from operations.steps import SCHEDULES, Schedule
from operations.systemd import FOLDER, files, on_calendar
from tests.unit.operations.test_cron import CRONTAB

SERVICE = FOLDER / "lakehouse@.service"


def unit(path: Path) -> RawConfigParser:
    """A unit's settings. One that may be given twice stands once in ours."""
    parser = RawConfigParser(delimiters="=", comment_prefixes="#")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    return parser


@pytest.mark.parametrize("path", files(), ids=lambda path: "/".join(path.parts[-2:]))
def test_a_unit_that_follows_from_a_schedule_is_up_to_date(path: Path) -> None:
    assert path.read_text() == files()[path], "run `python -m operations.systemd`"


def test_no_unit_is_left_of_a_schedule_that_is_gone() -> None:
    there = {path for pattern in ("*.timer", "*.service.d/*") for path in FOLDER.glob(pattern)}
    assert there == files().keys()


@pytest.mark.parametrize(
    ("cron", "calendar"),
    [
        ("0 2 * * *", "*-*-* 02:00:00 UTC"),
        ("30 * * * *", "*-*-* *:30:00 UTC"),
        ("*/5 * * * *", "*-*-* *:00/5:00 UTC"),
        ("0 9 * * 0", "Sun *-*-* 09:00:00 UTC"),
    ],
)
def test_a_timer_elapses_when_cron_would_start_the_line(cron: str, calendar: str) -> None:
    assert on_calendar(cron) == calendar


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_a_timer_starts_the_command_of_its_schedule(schedule: Schedule) -> None:
    service = unit(FOLDER / f"lakehouse@{schedule.name}.service.d" / "schedule.conf")
    assert service["Service"]["ExecStart"].split()[1:] == list(schedule.command)
    assert unit(FOLDER / f"lakehouse@{schedule.name}.timer")["Install"]["WantedBy"] == "timers.target"


def test_a_missed_daily_run_is_caught_up_before_the_weekly_one() -> None:
    persistent = {path.stem for path in FOLDER.glob("*.timer") if "Persistent=true" in path.read_text()}
    assert persistent >= {"lakehouse@daily", "lakehouse@keys"}
    assert "lakehouse@fx" not in persistent
    assert "After=lakehouse@daily.service" in files()[FOLDER / "lakehouse@keys.service.d" / "schedule.conf"]


def test_a_failed_schedule_starts_the_notification_of_its_name() -> None:
    assert unit(SERVICE)["Unit"]["OnFailure"] == "lakehouse-notify@%i.service"
    notify = unit(FOLDER / "lakehouse-notify@.service")["Service"]
    assert notify["ExecStart"] == "/etc/lakehouse/notify %i"
    assert "SuccessExitStatus" not in unit(SERVICE)["Service"]


def test_the_service_has_no_rights_but_its_state_directory() -> None:
    service = unit(SERVICE)["Service"]
    assert service["User"] == "lakehouse"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["NoNewPrivileges"] == "true"
    assert service["Environment"] == f"LAKEHOUSE_HOME=%S/{service['StateDirectory']}"


def test_the_settings_are_those_of_the_crontab() -> None:
    settings = {
        line for line in (FOLDER / "lakehouse.env.example").read_text().splitlines() if line.startswith("LAKEHOUSE_")
    }
    assert settings == {line for line in CRONTAB.read_text().splitlines() if line.startswith("LAKEHOUSE_")}
    assert unit(SERVICE)["Service"]["EnvironmentFile"] == "/etc/lakehouse/lakehouse.env"
