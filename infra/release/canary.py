"""The canary: the new version builds once in schemas of its own, before anybody calls the release good.

It reads the environment's bronze (LAKEHOUSE_BRONZE_PREFIX) and writes silver and gold of the prefix
`<the environment's>canary_`, which stay for the next canary: it builds what is new since then. It loads no source,
registers nothing in Glue and publishes nothing: what readers use stays as it is.
"""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infra.release.identity import ReleaseError

COMMAND = ("run", "--only", "build")
POLL_S = 15.0
LIMIT_S = 4 * 3600.0

Canary = Callable[[], None]
"""Raises ReleaseError where the version does not build."""


def settings(prefix: str) -> dict[str, str]:
    """Return the settings of a canary in an environment whose schemas have a prefix."""
    return {
        "LAKEHOUSE_PREFIX": f"{prefix}canary_",
        "LAKEHOUSE_BRONZE_PREFIX": prefix,
        "LAKEHOUSE_CATALOG": "none",
        "LAKEHOUSE_STATE": "none",
    }


def of_command(words: Sequence[str], variables: Mapping[str, str]) -> Canary:
    """Return a canary that runs a `lakehouse` executable here, with the variables of the environment."""

    def run() -> None:
        environment = {**os.environ, **variables, **settings(variables.get("LAKEHOUSE_PREFIX", ""))}
        ended = subprocess.run([*words, *COMMAND], env=environment, check=False)
        if ended.returncode:
            raise ReleaseError(f"`{' '.join([*words, *COMMAND])}` ended with {ended.returncode}, see its log above")

    return run


def of_task(
    ecs: Any, applied: Callable[[], Mapping[str, Any]], *, pause: Callable[[float], None] = time.sleep
) -> Canary:
    """Return a canary that is an ECS task of the build's task definition, which Terraform gave the new image.

    Args: ecs: boto3's client; applied: gives Terraform's outputs, which name the task definition's newest revision.
    """

    def run() -> None:
        outputs = applied()
        started = ecs.run_task(
            cluster=outputs["ecs_cluster_arn"],
            taskDefinition=outputs["task_definition_arns"]["build"],
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": outputs["private_subnet_ids"],
                    "securityGroups": [outputs["security_group_id"]],
                    "assignPublicIp": "DISABLED",
                }
            },
            overrides={
                "containerOverrides": [
                    {
                        "name": "lakehouse",
                        "command": list(COMMAND),
                        "environment": [
                            {"name": name, "value": value}
                            for name, value in settings(outputs["lakehouse_prefix"]).items()
                        ],
                    }
                ]
            },
        )
        if not started["tasks"]:
            raise ReleaseError(f"ECS started no task of the canary: {started['failures']}; deploy again")
        _wait(ecs, outputs["ecs_cluster_arn"], started["tasks"][0]["taskArn"], pause)

    return run


def _wait(ecs: Any, cluster: str, task: str, pause: Callable[[float], None]) -> None:
    for _ in range(int(LIMIT_S / POLL_S)):
        [found] = ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"]
        if found["lastStatus"] == "STOPPED":
            exit_code = found["containers"][0].get("exitCode")
            if exit_code == 0:
                return
            raise ReleaseError(
                f"the canary's task {task} ended with {exit_code} ({found.get('stoppedReason', 'no reason')}); "
                "its log is the stream build/lakehouse/<task> of the log group task"
            )
        pause(POLL_S)
    ecs.stop_task(cluster=cluster, task=task, reason="the canary's time limit")
    raise ReleaseError(f"the canary's task {task} still ran after {LIMIT_S / 3600:g} hours and was stopped")
