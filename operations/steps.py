"""The steps of a run and when they run: each command stands here once.

The state machine and schedules (`infra/modules/orchestration/steps.json`), the crontab and every other scheduler read
this; `python -m operations.steps` writes the JSON, and a test says where it is out of date.
"""

import json
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from ingestion.settings import PROJECT

FILE = PROJECT / "infra" / "modules" / "orchestration" / "steps.json"
SOURCE = "{source}"
"""Stands for a source's name in the command of a step that runs once for each."""


@dataclass(frozen=True)
class Retry:
    """How a scheduler repeats a step that failed. Every step may be repeated: none does its work twice."""

    max_attempts: int = 2
    interval_s: int = 60
    backoff: float = 2.0


@dataclass(frozen=True)
class Step:
    """One command of a run, which ends with 0, or with another exit code where the run has to stop."""

    name: str
    command: tuple[str, ...]
    """Words after `lakehouse`."""
    for_each: str | None = None
    """`source`: once for each source, in parallel."""
    timeout_s: int = 7200
    retry: Retry = field(default_factory=Retry)


@dataclass(frozen=True)
class Schedule:
    """When a command runs by itself."""

    name: str
    cron: str
    """Five fields, UTC."""
    command: tuple[str, ...]
    """Words after `lakehouse`; `run` stands for the state machine where there is one."""


STEPS = (
    Step("ingest", ("ingest", SOURCE), for_each="source"),
    # the build's exit code is the gate: an error test that fails ends it with 1, and nothing is published
    Step("build", ("run", "--only", "build"), timeout_s=14_400, retry=Retry(max_attempts=1)),
    Step("publish", ("run", "--only", "publish")),
)
SCHEDULES = (
    Schedule("daily", "0 2 * * *", ("run",)),
    Schedule("fx-hourly", "30 * * * *", ("ingest", "fx_rates")),
    Schedule("key-sweep-weekly", "0 9 * * 0", ("ingest", "postgres", "salesforce", "--reconcile-keys")),
)


def document() -> dict[str, Any]:
    """Return steps and schedules as JSON values, each under its name."""
    return {
        part: {one.name: {name: value for name, value in asdict(one).items() if name != "name"} for one in ones}
        for part, ones in (("steps", STEPS), ("schedules", SCHEDULES))
    }


def text() -> str:
    """Return the file's text."""
    return json.dumps(document(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
    print(f"wrote {FILE}", file=sys.stderr)  # noqa: T201
