"""One operator for each runtime: a Fargate task, a job of EMR Serverless, or a command of this machine."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from airflow.providers.amazon.aws.operators.emr import EmrServerlessStartJobOperator
from airflow.sdk import BaseOperator

from lakehouse_airflow.command import CommandOperator
from lakehouse_airflow.ecs import EcsStepOperator

Json = Mapping[str, Any]
POLL_S = 15
UNSTARTED = {"max_attempts": 3, "interval_s": 60}
STARTING = timedelta(minutes=30)
"""Time that a container or a job may wait for its machine, in addition to the step's own."""


def operator(environment: Json, step: Json, words: list[str] | str, **common: Any) -> BaseOperator:
    """Return the task that runs a step.

    Args:
        environment: of environment.json; `runtime` is ecs, emr (builds; other steps run on ecs) or command.
        step: of dags.json.
        words: after `lakehouse`.
        common: arguments of every operator.
    """
    runtime = environment["runtime"]
    if runtime == "emr" and step["name"] != "build":
        runtime = "ecs"
    return RUNTIMES[runtime](environment, step, words, _retries(environment, step) | common)


def _retries(environment: Json, step: Json) -> dict[str, Any]:
    # a step without a retry is repeated where it could not start or was killed, not where it failed
    retry = step.get("retry") or UNSTARTED
    return {
        "retries": retry["max_attempts"],
        "retry_delay": timedelta(seconds=environment.get("retry_interval_s") or retry["interval_s"]),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=30),
    }


def _ecs(environment: Json, step: Json, words: list[str] | str, common: Json) -> BaseOperator:
    ecs = environment["ecs"]
    definition = ecs["task_definitions"][step["definition"]]
    return EcsStepOperator(
        is_final="retry" not in step,
        cluster=ecs["cluster"],
        task_definition=definition["arn"],
        capacity_provider_strategy=[{"capacityProvider": definition["capacity_provider"], "weight": 1}],
        overrides={"containerOverrides": [{"name": ecs["container"], "command": words}]},
        network_configuration={
            "awsvpcConfiguration": {
                "subnets": ecs["subnets"],
                "securityGroups": ecs["security_groups"],
                "assignPublicIp": "DISABLED",
            }
        },
        propagate_tags="TASK_DEFINITION",
        container_name=ecs["container"],
        awslogs_group=ecs["log_group"],
        awslogs_stream_prefix=step["definition"],
        awslogs_region=environment["region"],
        region_name=environment["region"],
        aws_conn_id=None,
        waiter_delay=POLL_S,
        execution_timeout=timedelta(seconds=step["timeout_s"]) + STARTING,
        **common,
    )


def _emr(environment: Json, step: Json, words: list[str] | str, common: Json) -> BaseOperator:
    # the job's script names the build: `words` are for `lakehouse`
    emr = environment["emr"]
    return EmrServerlessStartJobOperator(
        application_id=emr["application_id"],
        execution_role_arn=emr["execution_role_arn"],
        job_driver=emr["job_driver"],
        configuration_overrides=emr["configuration_overrides"],
        name=emr["name"],
        config={"executionTimeoutMinutes": step["timeout_s"] // 60},
        region_name=environment["region"],
        aws_conn_id=None,
        waiter_delay=POLL_S,
        waiter_max_attempts=(step["timeout_s"] + int(STARTING.total_seconds())) // POLL_S,
        execution_timeout=timedelta(seconds=step["timeout_s"]) + STARTING,
        **common | {"retries": 0},
    )


def _command(environment: Json, step: Json, words: list[str] | str, common: Json) -> BaseOperator:
    command = environment["command"]
    return CommandOperator(
        command=words,
        is_final="retry" not in step,
        executable=command["executable"],
        folder=command.get("folder"),
        variables=command.get("variables"),
        execution_timeout=timedelta(seconds=step["timeout_s"]),
        **common,
    )


RUNTIMES: Mapping[str, Callable[[Json, Json, list[str] | str, Json], BaseOperator]] = {
    "ecs": _ecs,
    "emr": _emr,
    "command": _command,
}
