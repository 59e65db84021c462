"""The JSON files that infrastructure and DAGs read: steps, schedules, DAGs, and the parameters of spark-submit.

`python -m operations.definitions` writes them.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from ingestion.settings import PROJECT
from operations.dags import dags
from operations.emr import spark
from operations.steps import SCHEDULES, STEPS, InAirflow, Step

FOLDER = PROJECT / "infra" / "modules" / "orchestration"

DAGS = PROJECT / "dags"

DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def steps() -> dict[str, Any]:
    """Return the steps as JSON values by name; each but the last has the name of the next."""
    following = {one.name: {"next": other.name} for one, other in pairwise(STEPS)}
    return {
        step.name: {**_given(asdict(replace(step, airflow=None))), **following.get(step.name, {})} for step in STEPS
    }


def airflow() -> dict[str, Any]:
    """Return the DAGs as JSON values by name."""
    return {dag.name: {**_given(asdict(dag)), "steps": _in_airflow(dag.steps)} for dag in dags()}


def _in_airflow(steps: Sequence[Step]) -> list[dict[str, Any]]:
    before = [[], *([step.name] for step in steps)]
    return [
        {
            **_given(asdict(replace(step, airflow=None))),
            **asdict(known),
            "name": step.name,
            "group": known.group or step.name,
            "definition": known.definition or step.name,
            "after": known.after or previous,
            "options": dict(known.options),
        }
        for step, previous in zip(steps, before, strict=False)
        for known in [step.airflow or InAirflow()]
    ]


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
    """Return the text of each file that infrastructure or a DAG reads."""
    parts = {
        FOLDER / "steps.json": steps(),
        FOLDER / "schedules.json": schedules(),
        FOLDER / "spark.json": spark.job(),
        DAGS / "dags.json": airflow(),
    }
    return {path: json.dumps(values, indent=2) + "\n" for path, values in parts.items()}


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "name" and value is not None}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text)
        print(f"wrote {path}", file=sys.stderr)  # noqa: T201
