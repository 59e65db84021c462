import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.emulated_aws import emulated_aws
from tests.infra.plan import Plan
from tests.infra.terraform import INFRA, Terraform, copied, emulate

FEATURES = ("replication", "mwaa", "schedules", "api", "nat", "athena", "access_logs")
"""Features that are off unless an environment switches them on; cdc and streaming need addresses, too."""
EVERYTHING = {
    "TF_VAR_image_tag": "1.0.0",
    "TF_VAR_image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/lakehouse:1.0.0",
    "TF_VAR_features": json.dumps(dict.fromkeys(FEATURES, True)),
    "TF_VAR_sources": json.dumps(["fx_rates", "postgres", "vendor_files"]),
    "TF_VAR_snowflake": json.dumps({"account": "acme-prod", "external_id": "lakehouse-test"}),
    "TF_VAR_vendors": json.dumps({"acme": {"principals": ["210987654321"], "external_id": "acme-test"}}),
}


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Variables that lead Terraform, the commands and boto3 to an AWS of the tests' own, emulated by moto."""
    with emulated_aws(tmp_path_factory.mktemp("aws")) as variables:
        yield variables


@pytest.fixture(scope="session")
def plan(aws: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Plan]:
    """Gives an environment's plan with its features and the ones above, made once."""

    @cache
    def made(environment: str) -> Plan:
        infra = copied(tmp_path_factory.mktemp(environment))
        folder = infra / "envs" / environment
        emulate(folder)
        terraform = Terraform(folder, {**aws, **EVERYTHING})
        terraform.init("-reconfigure")
        return Plan(terraform.plan())

    return made


@pytest.fixture
def infra(tmp_path: Path) -> Path:
    """A copy of infra/."""
    assert INFRA.is_dir()
    return copied(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def _no_credentials_of_people() -> Iterator[None]:
    """No test of this folder sees the account of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "TF_VAR_"))]:
            patch.delenv(name)
        yield
