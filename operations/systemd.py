"""The schedules of `operations/steps.py` as systemd units: a timer each, and a drop-in with the service's command.

The rest of a service is `infra/systemd/lakehouse@.service`. `python -m operations.systemd` writes the units; a test
names one that is out of date.
"""

import sys
from pathlib import Path

from ingestion.settings import PROJECT
from operations.definitions import DAYS
from operations.steps import SCHEDULES, Schedule

FOLDER = PROJECT / "infra" / "systemd"
LAKEHOUSE = "/opt/lakehouse/.venv/bin/lakehouse"
WRITTEN = "# written by `python -m operations.systemd` from operations/steps.py\n"


def on_calendar(cron: str) -> str:
    """Return systemd's OnCalendar for cron's five fields, UTC: `Sun *-*-* 09:00:00 UTC`."""
    minute, hour, day, month, weekday = cron.split()
    days = "" if weekday == "*" else f"{DAYS[int(weekday)].capitalize()} "
    return f"{days}*-{_field(month)}-{_field(day)} {_field(hour)}:{_field(minute)}:00 UTC"


def is_rare(schedule: Schedule) -> bool:
    """True if a schedule runs once a day at most: a missed one is caught up, a frequent one's next comes soon."""
    minute, hour, *_ = schedule.cron.split()
    return minute.isdigit() and hour.isdigit()


def files() -> dict[Path, str]:
    """Return the text of each unit that follows from a schedule."""
    units = {}
    for schedule in SCHEDULES:
        units[FOLDER / f"lakehouse@{schedule.name}.timer"] = _timer(schedule)
        units[FOLDER / f"lakehouse@{schedule.name}.service.d" / "schedule.conf"] = _service(schedule)
    return units


def _field(value: str) -> str:
    if value.startswith("*/"):
        return f"00/{value[2:]}"
    return value if value == "*" else value.zfill(2)


def _timer(schedule: Schedule) -> str:
    persistent = "Persistent=true\n" if is_rare(schedule) else ""
    return (
        f"{WRITTEN}[Unit]\nDescription=lakehouse: {schedule.description}\n\n"
        f"[Timer]\nOnCalendar={on_calendar(schedule.cron)}\n{persistent}AccuracySec=1s\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )


def _service(schedule: Schedule) -> str:
    after = "".join(f"After=lakehouse@{name}.service\n" for name in _before(schedule))
    command = " ".join((LAKEHOUSE, *schedule.command))
    return f"{WRITTEN}[Unit]\nDescription=lakehouse: {schedule.description}\n{after}\n[Service]\nExecStart={command}\n"


def _before(schedule: Schedule) -> list[str]:
    """Rare schedules that this one waits for: after a boot, systemd starts every missed one at once."""
    rare = [one.name for one in SCHEDULES if is_rare(one)]
    return rare[: rare.index(schedule.name)] if is_rare(schedule) else []


if __name__ == "__main__":
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"wrote {path}", file=sys.stderr)  # noqa: T201
