"""docs/aws.md draws the state machine that Terraform makes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import diagrams, page
from tests.infra.state_machine import diagram
from tests.infra.terraform import Terraform, copied, emulate

pytestmark = pytest.mark.infra

ROLE = "arn:aws:iam::123456789012:role"
VARIABLES: dict[str, Any] = {
    "name": "lakehouse-test",
    "environment_name": "test",
    "region": "us-east-1",
    "network": {"private_subnet_ids": ["subnet-1"], "security_group_id": "sg-1"},
    "roles": {role: {"name": role, "arn": f"{ROLE}/{role}"} for role in ("state_machine", "scheduler", "emr", "mwaa")},
    "compute": {
        "cluster": {"name": "cluster", "arn": "arn:aws:ecs:us-east-1:123456789012:cluster/cluster"},
        "task_definitions": {
            step: {
                "arn": f"arn:aws:ecs:us-east-1:123456789012:task-definition/{step}:1",
                "capacity_provider": "FARGATE",
            }
            for step in ("ingest", "build", "publish")
        },
        "container_name": "lakehouse",
        "emr_application_id": "00abc",
        "functions": {},
    },
    "buckets": {name: {"name": name, "arn": f"arn:aws:s3:::{name}"} for name in ("artifacts", "logs")},
    "keys": {
        key: {"id": key, "arn": f"arn:aws:kms:us-east-1:123456789012:key/{key}"} for key in ("data", "operations")
    },
    "log_groups": {
        name: {"name": name, "arn": f"arn:aws:logs:us-east-1:123456789012:log-group:{name}"}
        for name in ("state_machine", "task", "emr")
    },
    "topics": {name: f"arn:aws:sns:us-east-1:123456789012:{name}" for name in ("critical", "warning", "info")},
    "sources": ["postgres"],
    "features": {"schedules": False},
}


@pytest.fixture
def definition(aws: Mapping[str, str], tmp_path: Path) -> dict[str, Any]:
    """As the module writes it."""
    folder = copied(tmp_path) / "modules" / "orchestration"
    emulate(folder, replica=False)
    (folder / "terraform.tfvars.json").write_text(json.dumps(VARIABLES))
    terraform = Terraform(folder, aws)
    terraform.init("-reconfigure")
    outputs = terraform.plan()["planned_values"]["outputs"]
    found: dict[str, Any] = json.loads(outputs["definition"]["value"])
    return found


def test_the_page_draws_the_state_machine_as_it_is(definition: dict[str, Any]) -> None:
    assert diagrams(page("aws.md"))["State machine"] == diagram(definition)
