"""The DAGs, as Airflow's scheduler knows them, parsed where nothing of this project is installed."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from ingestion.sources import load_sources
from operations.dags import BACKFILL, KAFKA, Dag, dags
from operations.steps import SCHEDULES, STEPS, Step
from tests.airflow.installation import DAGS, HERE, Airflow

pytestmark = pytest.mark.airflow

SOURCES = tuple(load_sources())
EXAMPLE = json.loads((DAGS / "environment.example.json").read_text())
ENVIRONMENT = {
    **EXAMPLE,
    "environment": "dev",
    "sources": SOURCES,
    "ecs": {
        "cluster": "lakehouse-dev-cluster",
        "container": "lakehouse",
        "subnets": ["subnet-1"],
        "security_groups": ["sg-1"],
        "log_group": "/lakehouse/lakehouse-dev/task",
        "task_definitions": {
            step: {"arn": f"arn:aws:ecs:us-east-1:1:task-definition/{step}:1", "capacity_provider": "FARGATE"}
            for step in ("ingest", "build", "publish")
        },
    },
    "emr": {
        "name": "lakehouse-dev-build",
        "application_id": "00abc",
        "execution_role_arn": "arn:aws:iam::1:role/lakehouse-dev-emr",
        "job_driver": {"sparkSubmit": {"entryPoint": "s3://artifacts/jobs/build.py"}},
        "configuration_overrides": {"monitoringConfiguration": {}},
    },
}
RUNTIMES = ("ecs", "emr", "command")
OPERATORS = {"ecs": "EcsStepOperator", "emr": "EmrServerlessStartJobOperator", "command": "CommandOperator"}
Parsed = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def parsed(programs: Any, tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    """Gives the DAGs on a runtime, parsed once."""

    @cache
    def on(runtime: str) -> dict[str, Any]:
        airflow = Airflow(programs, tmp_path_factory.mktemp(runtime))
        environment = {**ENVIRONMENT, "runtime": runtime}
        found: dict[str, Any] = json.loads(
            airflow.python(HERE / "serialize.py", DAGS, environment=environment).splitlines()[-1]
        )
        return found

    return on


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_dag_is_parsed_without_this_project(parsed: Parsed, runtime: str) -> None:
    found = parsed(runtime)
    assert found["errors"] == {}
    assert found["project"] == []
    assert set(found["dags"]) == {dag.name for dag in dags()}


@pytest.mark.parametrize("dag", dags(), ids=lambda dag: dag.name)
def test_a_dag_has_its_schedule_never_catches_up_and_runs_once_at_a_time(parsed: Parsed, dag: Dag) -> None:
    found = parsed("ecs")["dags"][dag.name]
    assert (found["cron"], found["timezone"]) == (dag.cron, "UTC")
    assert (found["catchup"], found["max_active_runs"], found["max_active_tasks"]) == (False, 1, 4)


def test_the_schedules_are_those_of_the_crontab() -> None:
    times = {dag.cron for dag in dags() if dag.cron}
    assert times == {schedule.cron for schedule in (*SCHEDULES, KAFKA)}


@pytest.mark.parametrize("dag", dags(), ids=lambda dag: dag.name)
def test_a_run_that_goes_on_after_its_deadline_is_reported(parsed: Parsed, dag: Dag) -> None:
    everything = parsed("ecs")
    found = everything["dags"][dag.name]
    if everything["version"].startswith("3.0."):
        assert found["dagrun_timeout_s"] == dag.deadline_s
        return
    [alert] = found["deadline"]
    assert alert["interval"]["__data__"] == dag.deadline_s
    callback = alert["callback"]["__data__"]
    assert callback["path"].endswith(".SnsNotifier")
    assert callback["kwargs"]["target_arn"] == ENVIRONMENT["topics"]["critical"]
    assert found["dagrun_timeout_s"] is None


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_day_is_extract_build_gate_publish_notify(parsed: Parsed, runtime: str) -> None:
    tasks = parsed(runtime)["dags"]["lakehouse_daily"]["tasks"]
    loads = sorted(f"extract.{source}" for source in SOURCES)
    assert {name: (task["upstream"], task["trigger_rule"]) for name, task in tasks.items()} == {
        **dict.fromkeys(loads, ([], "all_success")),
        "build.build": (loads, "none_failed"),
        "gate.gate": (["build.build"], "one_done"),
        "publish.publish": (["build.build", "gate.gate"], "all_success"),
        "notify.page": (sorted([*loads, "build.build", "gate.gate", "publish.publish"]), "one_failed"),
        "notify.done": (sorted([*loads, "build.build", "gate.gate", "publish.publish"]), "none_failed"),
    }


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_step_runs_on_its_runtime_for_its_time_and_is_repeated_later_and_later(parsed: Parsed, runtime: str) -> None:
    found = parsed(runtime)["dags"]
    for dag in dags():
        for step in dag.steps:
            on = "ecs" if runtime == "emr" and step.name != "build" else runtime
            for task in tasks_of(found[dag.name], step):
                assert task["operator"] == OPERATORS[on]
                assert task["timeout_s"] >= step.timeout_s
                assert task["calls_back"]
                assert task["backoff"] == 2
                retried = (step.retry.max_attempts, step.retry.interval_s) if step.retry else (3, 60)
                assert (task["retries"], task["retry_delay_s"]) == ((0, 60) if on == "emr" else retried)


def tasks_of(dag: Mapping[str, Any], step: Step) -> list[dict[str, Any]]:
    """Tasks of a step, one at least."""
    group = step.airflow.group if step.airflow and step.airflow.group else step.name
    found = [task for name, task in dag["tasks"].items() if name.startswith(f"{group}.")]
    assert found
    return found


def test_a_task_of_ecs_has_its_definition_its_command_and_its_place(parsed: Parsed) -> None:
    tasks = parsed("ecs")["dags"]["lakehouse_daily"]["tasks"]
    assert {name: definition(task) for name, task in tasks.items() if "task_definition" in task["fields"]} == {
        **{f"extract.{source}": "ingest" for source in SOURCES},
        "build.build": "build",
        "gate.gate": "build",  # its role reads the lake; no other step waits for a secret of Snowflake
        "publish.publish": "publish",
    }
    fields = tasks["build.build"]["fields"]
    assert fields["overrides"] == {"containerOverrides": [{"name": "lakehouse", "command": ["run", "--only", "build"]}]}
    assert fields["cluster"] == "lakehouse-dev-cluster"
    assert fields["network_configuration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    assert fields["awslogs_stream_prefix"] == "build"


def definition(task: Mapping[str, Any]) -> str:
    """The step whose task definition a task runs."""
    return str(task["fields"]["task_definition"]).rsplit("/", 1)[1].removesuffix(":1")


def test_a_build_on_emr_is_the_job_of_the_environment(parsed: Parsed) -> None:
    fields = parsed("emr")["dags"]["lakehouse_daily"]["tasks"]["build.build"]["fields"]
    known = ENVIRONMENT["emr"]
    assert {name: fields[name] for name in known} == known
    [build] = [step for step in STEPS if step.name == "build"]
    assert fields["config"] == {"executionTimeoutMinutes": build.timeout_s / 60}


def test_commands_depend_on_parameters_as_lists_and_never_as_text(parsed: Parsed) -> None:
    found = parsed("command")["dags"]
    load = found["lakehouse_daily"]["tasks"]["extract.postgres"]["fields"]["command"]
    assert load == '{{ ["ingest", "postgres"] + (["--full"] if params.full_refresh else []) }}'
    sweep = found["key_sweep_weekly"]["tasks"]["extract.postgres"]["fields"]["command"]
    assert sweep == ["ingest", "postgres", "--reconcile-keys"]
    past = found["backfill"]["tasks"]["extract.postgres"]["fields"]["command"]
    days = '"--from", params.date_from, "--to", params.date_to, "--step", params.step'
    assert past == '{{ ["backfill", "postgres", ' + days + "] }}"
    assert BACKFILL.command[0] == "backfill"


def test_parameters_have_a_schema(parsed: Parsed) -> None:
    found = {name: dag["params"] for name, dag in parsed("ecs")["dags"].items()}
    assert set(found["lakehouse_daily"]) == {"environment", "sources", "full_refresh", "features"}
    assert set(found["backfill"]) == {"environment", "sources", "date_from", "date_to", "step", "features"}
    assert all(dag["environment"]["enum"] == ["dev"] for dag in found.values())
    assert found["backfill"]["date_from"] == {"type": "string", "format": "date"}
    assert found["lakehouse_daily"]["sources"]["items"]["enum"] == list(SOURCES)
    assert found["lakehouse_daily"]["features"]["additionalProperties"] is False


def test_a_schedule_of_sources_that_are_missing_is_left_out_and_so_is_publish(airflow: Airflow) -> None:
    environment = {**ENVIRONMENT, "runtime": "ecs", "sources": ["postgres"], "publish": False}
    found = json.loads(airflow.python(HERE / "serialize.py", DAGS, environment=environment).splitlines()[-1])
    assert set(found["dags"]) == {"lakehouse_daily", "key_sweep_weekly", "backfill"}
    assert set(found["dags"]["key_sweep_weekly"]["tasks"]) == {"extract.postgres", "notify.page", "notify.done"}
    assert "publish.publish" not in found["dags"]["lakehouse_daily"]["tasks"]


def test_a_large_source_loads_table_by_table(airflow: Airflow) -> None:
    loads = ["postgres.users", "postgres.subscriptions", "fx_rates"]
    environment = {**ENVIRONMENT, "runtime": "command", "sources": ["postgres", "fx_rates"], "loads": loads}
    dags = json.loads(airflow.python(HERE / "serialize.py", DAGS, environment=environment).splitlines()[-1])["dags"]
    assert tasks_named(dags["lakehouse_daily"]) == {f"extract.{load}" for load in loads}
    assert "postgres.users" in dags["lakehouse_daily"]["tasks"]["extract.postgres.users"]["fields"]["command"]
    assert tasks_named(dags["backfill"]) == {"extract.postgres", "extract.fx_rates"}


def tasks_named(dag: Mapping[str, Any]) -> set[str]:
    """Names of the tasks that load."""
    return {name for name in dag["tasks"] if name.startswith("extract.")}
