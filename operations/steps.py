"""The steps of a run and when they run: each command stands here once.

The state machine and the schedules read them as JSON (`infra/modules/orchestration/`), and so do the DAGs (`dags/`);
the crontab and every other scheduler repeat them. `python -m operations.steps` writes the JSON, and a test says what is
out of date.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from ingestion.settings import PROJECT
from operations.emr import spark

FOLDER = PROJECT / "infra" / "modules" / "orchestration"
DAGS = PROJECT / "dags"
SOURCE = "{source}"
"""Stands for a source's name in the command of a step that runs once for each."""
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class Retry:
    """The repetitions of a step that failed. Every step may be repeated: none does its work twice."""

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
    airflow: "InAirflow | None" = None


@dataclass(frozen=True)
class InAirflow:
    """The part of a step that only a DAG knows."""

    group: str | None = None
    """Its TaskGroup; None: the step's name."""
    definition: str | None = None
    """The step whose ECS task definition runs it; None: its own."""
    trigger_rule: str = "all_success"
    """Airflow's name for what its upstream tasks have to be."""
    after: tuple[str, ...] = ()
    """Its upstream steps; empty: the step before it."""
    by_load: bool = False
    """Once for each load of the environment: a source, or a table of it (Terraform's variable `loads`)."""
    flag: str | None = None
    """The parameter `features.<flag>` that leaves it out of a run."""
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Parameters that are true or false, and the words that each of them adds to the command."""


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
    Step(
        "ingest",
        ("ingest", SOURCE),
        for_each="source",
        airflow=InAirflow(group="extract", by_load=True, options=(("full_refresh", ("--full",)),)),
    ),
    # the build's exit code is the gate: an error test that fails ends it with 1, and nothing is published
    Step(
        "build",
        ("run", "--only", "build"),
        timeout_s=14_400,
        retry=None,
        airflow=InAirflow(trigger_rule="none_failed", flag="build"),
    ),
    Step("publish", ("run", "--only", "publish"), airflow=InAirflow(after=("build", "gate"), flag="publish")),
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


GATE = Step(
    "gate",
    ("gate",),
    timeout_s=1800,
    retry=None,
    # after each build that ran, failed or not: its message names the tests
    airflow=InAirflow(definition="build", trigger_rule="one_done"),
)
"""A step of DAGs alone: the state machine has the build's exit code, and publish reads the verdict itself."""


@dataclass(frozen=True)
class Dag:
    """A DAG of Airflow: the steps of a run, its schedule, its parameters."""

    name: str
    description: str
    steps: tuple[Step, ...]
    deadline_s: int
    """Seconds after its start when a run that goes on is reported."""
    cron: str | None = None
    """None: started by hand alone."""
    sources: tuple[str, ...] = ()
    """Sources that its steps run for; empty: every source of the environment."""
    parameters: tuple[str, ...] = ()
    """Parameters beside `environment`, by their names in dags/lakehouse_airflow/parameters.py."""


BACKFILL = replace(
    STEPS[0],
    name="backfill",
    command=("backfill", SOURCE, "--from", "{date_from}", "--to", "{date_to}", "--step", "{step}"),
    timeout_s=86_400,
    airflow=InAirflow(group="extract", definition="ingest"),
)
KAFKA = Schedule("kafka", "*/15 * * * *", "messages of the last minutes", ("ingest", "kafka"))
"""Of Airflow alone: elsewhere Kafka is read by the daily run, or by `lakehouse ingest kafka --follow` as a service."""


def day() -> tuple[Step, ...]:
    """Return the steps of a run with the gate after the build."""
    return tuple(two for step in STEPS for two in ((step, GATE) if step.name == "build" else (step,)))


def dags() -> tuple[Dag, ...]:
    """Return every DAG."""
    daily, fx, keys = SCHEDULES
    return (
        Dag(
            "lakehouse_daily",
            daily.description,
            day(),
            14_400,
            daily.cron,
            parameters=("sources", "full_refresh", "features"),
        ),
        _loads("fx_hourly", fx, 2700),
        _loads("kafka_micro_batches", KAFKA, 1800),
        _loads("key_sweep_weekly", keys, 10_800),
        Dag(
            "backfill",
            "periods of the past, then build and publish",
            (BACKFILL, *day()[1:]),
            86_400,
            parameters=("sources", "date_from", "date_to", "step", "features"),
        ),
    )


def _loads(name: str, schedule: Schedule, deadline_s: int) -> Dag:
    """Return the DAG of a schedule that loads: a task for each source that its command names."""
    verb, *words = schedule.command
    sources = tuple(word for word in words if not word.startswith("-"))
    command = (verb, SOURCE, *(word for word in words if word.startswith("-")))
    step = replace(STEPS[0], command=command, airflow=InAirflow(group="extract"))
    return Dag(name, schedule.description, (step,), deadline_s, schedule.cron, sources)


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
