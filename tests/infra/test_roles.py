"""What each role may reach, and who may assume it: of the access module alone, whose policies are whole in a plan."""

import json
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any

import pytest

from tests.infra.terraform import Terraform, copied, emulate

pytestmark = pytest.mark.infra

ACCOUNT, REGION, NAME = "123456789012", "us-east-1", "lakehouse-test"
CLUSTER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/redshift-cluster"
SNOWFLAKE_USER = "arn:aws:iam::999999999999:user/abc1-s-x"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
READER = "210987654321"
BUCKETS = ("lake", "artifacts", "logs", "backups", "vendor_drop", "stage")
KEYS = {key: f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}" for key in ("data", "operations", "vendor_drop")}
LAYERS = ("bronze", "silver", "gold", "seeds", "snapshots", "audit")
STEPS = ("ingest", "build", "publish")
WORK = (*STEPS, "worker", "emr", "function")
"""Roles of what loads, builds and publishes."""
SOURCES = ("postgres", "fx_rates", "vendor_files")


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


VARIABLES: dict[str, Any] = {
    "name": NAME,
    "region": REGION,
    "features": {"mwaa": True, "api": True, "cdc": True, "athena": True},
    "buckets": {role: {"name": role, "arn": f"arn:aws:s3:::{role}"} for role in BUCKETS},
    "keys": {key: {"id": key, "arn": address} for key, address in KEYS.items()},
    "tables": {table: {"name": table, "arn": arn("dynamodb", f"table/{table}")} for table in ("leases", "state")},
    "catalog": {
        "databases": {layer: f"test_{layer}" for layer in LAYERS},
        "prefix": "test_",
        "work_group": {"name": NAME, "arn": arn("athena", f"workgroup/{NAME}")},
    },
    "secrets": {
        **{
            source: {"name": source, "arn": arn("secretsmanager", f"secret:dlt/sources/{source}")} for source in SOURCES
        },
        "snowflake_publish": {"name": "snowflake", "arn": arn("secretsmanager", "secret:snowflake")},
    },
    "names": {
        "cluster": "cluster",
        "task_families": {step: step for step in STEPS},
        "repository": "image",
        "state_machine": "run",
        "mwaa_environment": "airflow",
        "schedule_group": NAME,
        "log_archive": "log-archive",
        "emr_application_id": "00f1",
        "functions": {"arrivals": "arrivals"},
        "queues": {queue: queue for queue in ("arrivals", "worker", "functions_dead_letter", "schedules_dead_letter")},
        "topics": {topic: topic for topic in ("critical", "warning", "info")},
    },
    "externals": {
        "snowflake": {"account_arn": SNOWFLAKE_USER, "external_id": "chosen by the owner"},
        "redshift_cluster_role_arn": CLUSTER_ROLE,
        "ci": {"repository": "example/lakehouse", "environment": "test", "oidc_provider_arn": OIDC},
        "reader_account_ids": [READER],
        "cdc": {"secret_arn": arn("secretsmanager", "secret:shop")},
        "vendors": {"acme": {"principals": [READER], "external_id": "acme's"}},
    },
}


class Policies:
    """The module's policy documents, as IAM gets them."""

    def __init__(self, resources: list[dict[str, Any]]) -> None:
        documents = [one for one in resources if one["type"] == "aws_iam_policy_document"]
        self._statements = {
            (one["name"], one.get("index", "")): json.loads(one["values"]["json"]).get("Statement", [])
            for one in documents
            if one["values"].get("json")
        }

    def statements(self, name: str, index: str = "") -> list[dict[str, Any]]:
        """Statements that allow."""
        return [one for one in self._statements[name, index] if one["Effect"] == "Allow"]

    def reach(self, name: str, service: str) -> dict[str, set[str]]:
        """Action -> ARNs of a service that a document allows it on."""
        reached: dict[str, set[str]] = {}
        for one in self.statements(name):
            for action in texts(one["Action"]):
                if action.startswith(f"{service}:"):
                    reached.setdefault(action, set()).update(texts(one["Resource"]))
        return reached


def texts(value: str | list[str]) -> list[str]:
    """IAM writes a list of one as the one."""
    return [value] if isinstance(value, str) else value


@pytest.fixture(scope="module")
def policies(aws: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Policies:
    folder = copied(tmp_path_factory.mktemp("access")) / "modules" / "access"
    emulate(folder, replica=False)
    (folder / "terraform.tfvars.json").write_text(json.dumps(VARIABLES))
    terraform = Terraform(folder, aws)
    terraform.init("-reconfigure")
    return Policies(terraform.plan()["prior_state"]["values"]["root_module"]["resources"])


def test_snowflake_reads_what_publish_stages_and_nothing_else(policies: Policies) -> None:
    assert policies.reach("snowflake", "s3") == {
        "s3:GetBucketLocation": {"arn:aws:s3:::stage"},
        "s3:ListBucket": {"arn:aws:s3:::stage"},
        "s3:GetObject": {"arn:aws:s3:::stage/publish/*"},
        "s3:GetObjectVersion": {"arn:aws:s3:::stage/publish/*"},
    }
    assert policies.reach("snowflake", "kms") == {"kms:Decrypt": {KEYS["data"]}}
    [listing] = [one for one in policies.statements("snowflake") if one["Action"] == "s3:ListBucket"]
    assert set(listing["Condition"]["StringLike"]["s3:prefix"]) == {"publish", "publish/*"}


def test_after_the_second_step_only_snowflakes_user_with_the_external_id_is_trusted(policies: Policies) -> None:
    [trust] = policies.statements("external_trust", "snowflake")
    assert trust["Principal"] == {"AWS": SNOWFLAKE_USER}
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "chosen by the owner"}}


def test_other_accounts_read_gold_and_nothing_else(policies: Policies) -> None:
    [trust] = policies.statements("external_trust", "reader")
    assert trust["Principal"] == {"AWS": f"arn:aws:iam::{READER}:root"}
    assert policies.reach("reader", "s3")["s3:GetObject"] == {"arn:aws:s3:::lake/lake/test_gold/*"}
    assert set(policies.reach("reader", "s3")) == {"s3:GetObject", "s3:ListBucket"}
    [listing] = [one for one in policies.statements("reader") if one["Action"] == "s3:ListBucket"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "lake/test_gold/*"}}
    tables = set().union(*policies.reach("reader", "glue").values()) - {arn("glue", "catalog")}
    assert tables == {arn("glue", "database/test_gold"), arn("glue", "table/test_gold/*")}
    assert all(action.startswith("glue:Get") for action in policies.reach("reader", "glue"))


def test_redshift_unloads_to_a_folder_of_its_own(policies: Policies) -> None:
    [trust] = policies.statements("external_trust", "redshift_unload")
    assert trust["Principal"] == {"AWS": CLUSTER_ROLE}
    objects = {one for names in policies.reach("redshift_unload", "s3").values() for one in names if "/" in one}
    assert objects == {"arn:aws:s3:::stage/unload/*"}


def test_dms_writes_change_files_and_reads_one_secret(policies: Policies) -> None:
    objects = {one for names in policies.reach("dms", "s3").values() for one in names if "/" in one}
    assert objects == {"arn:aws:s3:::vendor_drop/cdc/*"}
    assert set().union(*policies.reach("dms", "secretsmanager").values()) == {arn("secretsmanager", "secret:shop")}


def test_ci_is_one_github_environment_and_pushes_images_and_artifacts(policies: Policies) -> None:
    [trust] = policies.statements("ci_trust", "ci")
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Principal"] == {"Federated": OIDC}
    github = "token.actions.githubusercontent.com"
    assert trust["Condition"]["StringEquals"] == {
        f"{github}:aud": "sts.amazonaws.com",
        f"{github}:sub": "repo:example/lakehouse:environment:test",
    }
    assert policies.reach("ci", "ecr").pop("ecr:PutImage") == {arn("ecr", "repository/image")}
    objects = {one for names in policies.reach("ci", "s3").values() for one in names if "/" in one}
    assert objects == {"arn:aws:s3:::artifacts/*"}
    assert policies.reach("ci", "iam") == {}
    assert policies.reach("ci", "ecs") == {}


@pytest.mark.parametrize("role", WORK)
def test_what_does_the_work_cannot_change_what_runs(policies: Policies, role: str) -> None:
    """Write access to artifacts or images decides what Spark jobs, Airflow and tasks run."""
    written = {one for action, names in policies.reach(role, "s3").items() if "Get" not in action for one in names}
    assert [one for one in written if fnmatch("arn:aws:s3:::artifacts/job.py", one)] == []
    assert policies.reach(role, "ecr") == {}
    assert policies.reach(role, "iam") == {}


@pytest.mark.parametrize("role", WORK)
def test_what_does_the_work_changes_no_original(policies: Policies, role: str) -> None:
    """Vendors' files, backups and logs: neither overwritten nor deleted."""
    changing = ("s3:PutObject", "s3:DeleteObject")
    written = {one for action in changing for one in policies.reach(role, "s3").get(action, ())}
    for original in ("vendor_drop/prices.csv", "backups/lake", "logs/cloudtrail/one"):
        assert [one for one in written if fnmatch(f"arn:aws:s3:::{original}", one)] == []


@pytest.mark.parametrize("role", ["ingest", "function"])
def test_what_loads_writes_bronze_alone(policies: Policies, role: str) -> None:
    assert policies.reach(role, "s3")["s3:PutObject"] == {"arn:aws:s3:::lake/lake/test_bronze/*"}
    databases = {
        one.split(":database/")[1] for one in policies.reach(role, "glue")["glue:UpdateTable"] if ":database/" in one
    }
    assert databases == {"test_bronze"}


@pytest.mark.parametrize("role", ["build", "emr"])
def test_what_builds_leaves_bronze_as_it_is(policies: Policies, role: str) -> None:
    written = {one for action in ("s3:PutObject", "s3:DeleteObject") for one in policies.reach(role, "s3")[action]}
    assert [one for one in written if fnmatch("arn:aws:s3:::lake/lake/test_bronze/users/part-0.parquet", one)] == []
    assert [one for one in written if fnmatch("arn:aws:s3:::lake/lake/test_gold/sales/part-0.parquet", one)]


@pytest.mark.parametrize("role", ["build", "emr"])
def test_what_builds_leaves_results_below_runs_and_changes_no_job(policies: Policies, role: str) -> None:
    written = {one for one in policies.reach(role, "s3")["s3:PutObject"] if ":::artifacts" in one}
    assert written == {"arn:aws:s3:::artifacts/runs/*"}


def test_publish_writes_the_stage_alone(policies: Policies) -> None:
    written = {one for action in ("s3:PutObject", "s3:DeleteObject") for one in policies.reach("publish", "s3")[action]}
    assert written == {"arn:aws:s3:::stage/publish/*"}
    assert policies.reach("publish", "glue") == {}


def test_a_vendor_only_writes_below_its_prefix(policies: Policies) -> None:
    [trust] = policies.statements("external_trust", "vendor_acme")
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "acme's"}}
    allowed = {
        action: one["Resource"] for one in policies.statements("vendor", "acme") for action in texts(one["Action"])
    }
    assert {action for action in allowed if action.startswith("s3:")} == {"s3:PutObject", "s3:AbortMultipartUpload"}
    assert allowed["s3:PutObject"] == "arn:aws:s3:::vendor_drop/acme/*"
    assert allowed["kms:Decrypt"] == KEYS["vendor_drop"]


def test_secrets_are_read_by_name(policies: Policies) -> None:
    def read(role: str) -> set[str]:
        return policies.reach(role, "secretsmanager")["secretsmanager:GetSecretValue"]

    assert read("ingest") == {arn("secretsmanager", f"secret:dlt/sources/{source}") for source in SOURCES}
    assert read("publish_execution") == {arn("secretsmanager", "secret:snowflake")}
    assert read("function") == {
        arn("secretsmanager", f"secret:dlt/sources/{source}") for source in ("fx_rates", "vendor_files")
    }
    others = (
        "build",
        "publish",
        "execution",
        "emr",
        "state_machine",
        "scheduler",
        "mwaa",
        "api",
        "snowflake",
        "reader",
        "ci",
    )
    for role in others:
        assert policies.reach(role, "secretsmanager") == {}, role


def test_no_role_deletes_a_version_or_a_key(policies: Policies) -> None:
    """So a run that goes wrong, or whose credentials are stolen, leaves something to restore."""
    ceiling = {action for one in policies.statements("boundary") for action in texts(one["Action"])}
    assert "s3:DeleteObject" in ceiling
    final = (
        "s3:DeleteObjectVersion",
        "s3:PutLifecycle",
        "s3:PutBucketVersioning",
        "kms:ScheduleKeyDeletion",
        "kms:Disable",
    )
    assert [action for action in ceiling if action.startswith(final)] == []


@pytest.mark.parametrize("role", ["state_machine", "scheduler", "mwaa"])
def test_roles_are_passed_by_name_and_to_one_service(policies: Policies, role: str) -> None:
    passing = [one for one in policies.statements(role) if "iam:PassRole" in texts(one["Action"])]
    assert passing
    for one in passing:
        assert all(fnmatch(name, f"arn:aws:iam::{ACCOUNT}:role/{NAME}-*") for name in texts(one["Resource"]))
        assert list(one["Condition"]["StringEquals"]) == ["iam:PassedToService"]


def test_airflow_starts_tasks_and_jobs_and_sends_messages_and_reads_no_data(policies: Policies) -> None:
    assert policies.reach("mwaa", "sns") == {
        "sns:Publish": {arn("sns", topic) for topic in ("critical", "warning", "info")}
    }
    assert policies.reach("mwaa", "ecs")["ecs:RunTask"] == {arn("ecs", f"task-definition/{step}:*") for step in STEPS}
    started = policies.reach("mwaa", "emr-serverless")
    assert started["emr-serverless:StartApplication"] == {arn("emr-serverless", "/applications/00f1")}
    assert {place for places in policies.reach("mwaa", "s3").values() for place in places} == {
        "arn:aws:s3:::artifacts",
        "arn:aws:s3:::artifacts/*",
        "*",  # the account's block of public access, which has no ARN
    }
    assert policies.reach("mwaa", "secretsmanager") == policies.reach("mwaa", "glue") == {}
    ceiling = {action for one in policies.statements("boundary") for action in texts(one["Action"])}
    assert {
        action for service in ("sns", "ecs", "emr-serverless") for action in policies.reach("mwaa", service)
    } <= ceiling


@pytest.mark.parametrize("role", ["api", "scheduler"])
def test_who_starts_runs_starts_one_state_machine(policies: Policies, role: str) -> None:
    assert policies.reach(role, "states") == {"states:StartExecution": {arn("states", "stateMachine:run")}}
