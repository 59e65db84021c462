"""The DAGs of Airflow: which steps each of them has, when it runs, and its parameters."""

from dataclasses import dataclass, replace

from operations.steps import SCHEDULES, SOURCE, STEPS, InAirflow, Schedule, Step

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
