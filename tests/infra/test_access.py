"""Roles with the longest names and every feature still fit into IAM's limits."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.infra.plan import Plan
from tests.infra.terraform import Terraform, copied

pytestmark = pytest.mark.infra

ACCESS = Path(__file__).parent / "access.tf"
LIMITS = {"aws_iam_policy": 6144, "aws_iam_role_policy": 10_240}
"""Characters without whitespace: of a managed policy, and of a role's own policies."""


@pytest.fixture
def roles(aws: Mapping[str, str], tmp_path: Path) -> Plan:
    """The plan of the module access."""
    copied(tmp_path)
    (tmp_path / "main.tf").write_text(ACCESS.read_text())
    terraform = Terraform(tmp_path, aws)
    terraform.init()
    return Plan(terraform.plan())


def test_a_policy_is_as_small_as_iam_wants_it(roles: Plan) -> None:
    policies = roles.of(*LIMITS)
    assert len(policies) >= 20
    sizes = {
        one.address: (len(json.dumps(json.loads(one.values["policy"]), separators=(",", ":"))), LIMITS[one.type])
        for one in policies
    }
    assert {address: found for address, found in sizes.items() if found[0] > found[1]} == {}
