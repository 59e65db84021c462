"""The steps of a run and when they run: each command stands here once.

The state machine and the schedules read them as JSON (`infra/modules/orchestration/`), the crontab and every other
scheduler repeat them; `python -m operations.steps` writes the JSON, and a test says what is out of date.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ingestion.settings import PROJECT

FOLDER = PROJECT / "infra" / "modules" / "orchestration"
SOURCE = "{source}"
"""Stands for a source's name in the command of a step that runs once for each."""
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class Retry:
    """How a scheduler repeats a step that failed. Every step may be repeated: none does its work twice."""

    max_attempts: int = 2
    interval_s: int = 60
    backoff: int = 2


@dataclass(frozen=True)
class Step:
    """One command of a run, which ends with 0, or with another exit code where the run has to stop."""

    name: str
    command: tuple[str, ...]
    """Words after `lakehouse`."""
    for_each: str | None = None
    """`source`: once for each source, in parallel."""
    timeout_s: int = 7200
    retry: Retry | None = Retry()
    """None where the same failure would come again: a failed test of the build."""


@dataclass(frozen=True)
class Schedule:
    """A command that runs by itself."""

    name: str
    cron: str
    """Five fields, UTC."""
    description: str
    command: tuple[str, ...]
    """Words after `lakehouse`; `run` is the state machine, where there is one."""
    function: str | None = None
    """The Lambda function that may do it instead of a container."""


STEPS = (
    Step("ingest", ("ingest", SOURCE), for_each="source"),
    # the build's exit code is the gate: an error test that fails ends it with 1, and nothing is published
    Step("build", ("run", "--only", "build"), timeout_s=14_400, retry=None),
    Step("publish", ("run", "--only", "publish")),
)
SCHEDULES = (
    Schedule("daily", "0 2 * * *", "ingest everything, build, publish", ("run",)),
    Schedule("fx", "30 * * * *", "exchange rates of the hour", ("ingest", "fx_rates"), function="fx"),
    Schedule(
        "keys",
        "0 9 * * 0",
        "rows that sources removed without a trace",
        ("ingest", "postgres", "salesforce", "--reconcile-keys"),
    ),
)


def steps() -> dict[str, Any]:
    """Return the steps as JSON values by name; each but the last has the name of the next."""
    following = {one.name: {"next": other.name} for one, other in pairwise(STEPS)}
    return {step.name: {**_given(asdict(step)), **following.get(step.name, {})} for step in STEPS}


def schedules() -> dict[str, Any]:
    """Return the schedules as JSON values by name; `cron` as EventBridge has it."""
    return {one.name: {**_given(asdict(one)), "cron": aws_cron(one.cron)} for one in SCHEDULES}


def aws_cron(cron: str) -> str:
    """Return EventBridge's six fields for cron's five: of day and weekday one is `?`, and Sunday is a name."""
    minute, hour, day, month, weekday = cron.split()
    if weekday == "*":
        return f"cron({minute} {hour} {day} {month} ? *)"
    return f"cron({minute} {hour} ? {month} {DAYS[int(weekday)]} *)"


def files() -> dict[Path, str]:
    """Return the text of each file that infrastructure reads."""
    parts = {"steps.json": steps(), "schedules.json": schedules()}
    return {FOLDER / name: json.dumps(values, indent=2) + "\n" for name, values in parts.items()}


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "name" and value is not None}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text)
        print(f"wrote {path}", file=sys.stderr)  # noqa: T201
