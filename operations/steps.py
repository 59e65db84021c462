"""The steps of a run and when they run: each command stands here once.

The state machine and the schedules read them as JSON (`infra/modules/orchestration/`), and so do the DAGs (`dags/`);
the crontab and every other scheduler repeat them. `python -m operations.definitions` writes the JSON, and a test says
what is out of date.
"""

from dataclasses import dataclass

SOURCE = "{source}"
"""Stands for a source's name in the command of a step that runs once for each."""


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
