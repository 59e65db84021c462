"""The canary as an ECS task, against the answers of ECS that botocore's model allows: no container runs here."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra.release.canary import of_task
from infra.release.identity import ReleaseError

TASK = "arn:aws:ecs:us-east-1:123456789012:task/cluster/1"
OUTPUTS = {
    "ecs_cluster_arn": "cluster",
    "task_definition_arns": {"build": "build:7"},
    "private_subnet_ids": ["subnet-1"],
    "security_group_id": "sg-1",
    "lakehouse_prefix": "lakehouse_dev_",
}
WAITED: list[float] = []


@pytest.fixture
def ecs() -> Iterator[tuple[Any, Stubber]]:
    WAITED.clear()
    client = boto3.client("ecs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as answers:
        yield client, answers
        answers.assert_no_pending_responses()


def described(status: str, **container: Any) -> dict[str, Any]:
    return {"tasks": [{"taskArn": TASK, "lastStatus": status, "containers": [container], "stoppedReason": "Essential"}]}


def run(client: Any) -> None:
    of_task(client, lambda: OUTPUTS, pause=WAITED.append)()


def test_it_builds_on_the_environments_bronze_in_schemas_of_its_own(ecs: tuple[Any, Stubber]) -> None:
    client, answers = ecs
    settings = {
        "LAKEHOUSE_PREFIX": "lakehouse_dev_canary_",
        "LAKEHOUSE_BRONZE_PREFIX": "lakehouse_dev_",
        "LAKEHOUSE_CATALOG": "none",
        "LAKEHOUSE_STATE": "none",
    }
    container = {
        "name": "lakehouse",
        "command": ["run", "--only", "build"],
        "environment": [{"name": name, "value": value} for name, value in settings.items()],
    }
    expected = {
        "cluster": "cluster",
        "taskDefinition": "build:7",
        "launchType": "FARGATE",
        "networkConfiguration": {
            "awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
        },
        "overrides": {"containerOverrides": [container]},
    }
    answers.add_response("run_task", {"tasks": [{"taskArn": TASK}], "failures": []}, expected)
    answers.add_response("describe_tasks", described("RUNNING"))
    answers.add_response("describe_tasks", described("STOPPED", exitCode=0))
    run(client)
    assert len(WAITED) == 1


@pytest.mark.parametrize(("container", "said"), [({"exitCode": 1}, "ended with 1"), ({}, "ended with None")])
def test_a_task_that_fails_or_never_started_fails_the_canary(
    ecs: tuple[Any, Stubber], container: dict[str, Any], said: str
) -> None:
    client, answers = ecs
    answers.add_response("run_task", {"tasks": [{"taskArn": TASK}], "failures": []})
    answers.add_response("describe_tasks", described("STOPPED", **container))
    with pytest.raises(ReleaseError, match=said):
        run(client)


def test_a_task_that_ecs_does_not_start_fails_the_canary(ecs: tuple[Any, Stubber]) -> None:
    client, answers = ecs
    answers.add_response("run_task", {"tasks": [], "failures": [{"reason": "RESOURCE:CPU"}]})
    with pytest.raises(ReleaseError, match="RESOURCE:CPU"):
        run(client)
