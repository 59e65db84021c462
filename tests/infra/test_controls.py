"""Controls of docs/security.md that no scanner checks, over each environment's plan and the configuration."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.plan import Plan, Resource
from tests.infra.terraform import ENVIRONMENTS, INFRA

pytestmark = pytest.mark.infra
of_each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)

Plans = Callable[[str], Plan]
KEY_OF = {
    "aws_cloudtrail": "kms_key_id",
    "aws_cloudwatch_log_group": "kms_key_id",
    "aws_lambda_function": "kms_key_arn",
    "aws_mwaa_environment": "kms_key",
    "aws_scheduler_schedule": "kms_key_arn",
    "aws_secretsmanager_secret": "kms_key_id",
    "aws_sns_topic": "kms_master_key_id",
    "aws_sqs_queue": "kms_master_key_id",
}
"""Argument that names the key of what a type stores."""
KEY_IN_A_BLOCK = {
    "aws_athena_workgroup": ("configuration", "result_configuration", "encryption_configuration", "kms_key_arn"),
    "aws_dynamodb_table": ("server_side_encryption", "kms_key_arn"),
    "aws_ecr_repository": ("encryption_configuration", "kms_key"),
    "aws_ecs_cluster": ("configuration", "execute_command_configuration", "kms_key_id"),
    "aws_kinesis_firehose_delivery_stream": ("server_side_encryption", "key_arn"),
    "aws_sfn_state_machine": ("encryption_configuration", "kms_key_id"),
}
BESIDE_A_BUCKET = (
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
)


def written(resource: Resource, *path: str) -> Any:
    """What the configuration gives at the end of nested blocks; None where a block or the argument is missing."""
    found: Any = resource.written
    for name in path:
        found = found[0] if isinstance(found, list) and found else found
        found = found.get(name) if isinstance(found, dict) else None
    return found


@of_each_environment
@pytest.mark.parametrize("kind", sorted([*KEY_OF, *KEY_IN_A_BLOCK]))
def test_what_stores_data_names_a_customer_key(plan: Plans, environment: str, kind: str) -> None:
    found = plan(environment).of(kind)
    assert found
    path = KEY_IN_A_BLOCK.get(kind) or (KEY_OF[kind],)
    for one in found:
        # a reference to a key of the lake module, not AWS' own
        assert any(
            ".keys" in name or "var.keys" in name for name in (written(one, *path) or {}).get("references", ())
        ), one.address


def names(plan: Plan, kind: str) -> set[str]:
    """Names of the resources of a kind, with their index: `this["lake"]`."""
    return {one.address.rpartition(f"{kind}.")[2] for one in plan.of(kind)}


@of_each_environment
def test_every_bucket_has_all_of_its_settings(plan: Plans, environment: str) -> None:
    found = plan(environment)
    buckets = names(found, "aws_s3_bucket")
    assert {'this["lake"]', 'this["logs"]', 'this["vendor_drop"]'} <= buckets
    assert [name for name in buckets if not name.startswith("this")], "the copy in another region is a bucket, too"
    for kind in BESIDE_A_BUCKET:
        assert names(found, kind) == buckets, kind
    for one in found.of("aws_s3_bucket_public_access_block"):
        blocked = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        assert all(one.values[name] for name in blocked), one.address
    for one in found.of("aws_s3_bucket_server_side_encryption_configuration"):
        [rule] = one.values["rule"]
        [default] = rule["apply_server_side_encryption_by_default"]
        # S3 delivers access logs to no other key than its own
        assert default["sse_algorithm"] == ("AES256" if "access_logs" in one.address else "aws:kms"), one.address


@of_each_environment
def test_plain_text_is_refused_by_buckets_queues_and_topics(plan: Plans, environment: str) -> None:
    found = plan(environment)
    refused = {
        (at.partition(".aws_iam_policy_document.")[2], condition["variable"])
        for at, statement in found.policies()
        if statement.get("effect") == "Deny"
        for condition in statement.get("condition") or ()
    }
    for bucket in names(found, "aws_s3_bucket"):
        name, _, index = bucket.partition("[")
        document = f"bucket[{index}" if name == "this" else f"{name}_bucket[{index}"
        assert (document, "aws:SecureTransport") in refused
        if name == "this":
            assert (document, "s3:TlsVersion") in refused
    for queue in ("arrivals", "arrivals_dead_letter", "target_dead_letter"):
        assert (f'queue["{queue}"]', "aws:SecureTransport") in refused
    for topic in ("critical", "warning", "info"):
        assert (f'topic["{topic}"]', "aws:SecureTransport") in refused


@of_each_environment
def test_a_queue_takes_events_of_its_own_rule_alone(plan: Plans, environment: str) -> None:
    allowed = [
        (at, one)
        for at, one in plan(environment).policies()
        if "policy_document.queue" in at and one.get("effect") != "Deny"
    ]
    assert len(allowed) >= 2
    for at, one in allowed:
        [condition] = one["condition"]
        assert (condition["test"], condition["variable"]) == ("ArnEquals", "aws:SourceArn"), at
        assert [value.rpartition(":")[2] for value in condition["values"]] == [f"rule/lakehouse-{environment}-arrivals"]


@of_each_environment
def test_nothing_has_a_public_address_and_only_airflow_has_a_way_in(plan: Plans, environment: str) -> None:
    found = plan(environment)
    for subnet in found.of("aws_subnet"):
        assert not subnet.values["map_public_ip_on_launch"], subnet.address
    for schedule in found.of("aws_scheduler_schedule"):
        [target] = schedule.values["target"]
        assert not any(
            network["assign_public_ip"] for ecs in target["ecs_parameters"] for network in ecs["network_configuration"]
        )
    rules = {one.address.split(".")[-1]: one for one in found.of("aws_vpc_security_group_ingress_rule")}
    assert set(rules) == {"endpoints", "self[0]"}
    assert [name for name, one in rules.items() if one.has("cidr_ipv4") or one.has("cidr_ipv6")] == []
    open_ways = [one for one in found.of("aws_vpc_security_group_egress_rule") if one.has("cidr_ipv4")]
    assert [(one.address.split(".")[-1], one.values["from_port"]) for one in open_ways] == [("internet[0]", 443)]


@of_each_environment
def test_logs_are_archived_for_a_year(plan: Plans, environment: str) -> None:
    found = plan(environment)
    [lifecycle] = [
        one for one in found.of("aws_s3_bucket_lifecycle_configuration") if one.address.endswith('this["logs"]')
    ]
    days = [expiry["days"] for rule in lifecycle.values["rule"] for expiry in rule["expiration"] if expiry.get("days")]
    assert days == [365]
    archived = {one.address.split(".")[-1] for one in found.of("aws_cloudwatch_log_subscription_filter")}
    assert archived == {f'archive["{group}"]' for group in ("task", "emr", "functions", "state_machine", "api")}


@of_each_environment
def test_reads_and_writes_of_data_are_in_a_trail_that_proves_itself(plan: Plans, environment: str) -> None:
    [trail] = plan(environment).of("aws_cloudtrail")
    assert trail.values["enable_log_file_validation"]
    assert trail.values["is_multi_region_trail"]
    [selector] = trail.values["advanced_event_selector"]
    fields = {one["field"]: one for one in selector["field_selector"]}
    assert fields["eventCategory"]["equals"] == ["Data"]
    assert "readOnly" not in fields
    text = (INFRA / "modules" / "observability" / "trail.tf").read_text()
    assert re.search(r'starts_with = \[for key, bucket in var\.buckets : .* if key != "logs"\]', text)


def test_a_container_has_no_public_address() -> None:
    text = (INFRA / "modules" / "orchestration" / "state_machine.tf").read_text()
    assert re.findall(r"AssignPublicIp\s*=\s*(\S+)", text) == ['"DISABLED"']


def test_no_secret_is_in_a_state() -> None:
    """Values of secrets are written past Terraform, and no argument of a resource takes a password."""
    held = re.compile(
        r'^resource "(aws_secretsmanager_secret_version|aws_ssm_parameter|random_password)"', re.MULTILINE
    )
    given = re.compile(r"^\s*(password|secret_string|master_password|private_key|auth_token)\s*=", re.MULTILINE)
    texts = {
        str(file.relative_to(INFRA)): file.read_text() for file in INFRA.rglob("*.tf") if ".terraform" not in file.parts
    }
    assert texts
    assert [name for name, text in texts.items() if held.search(text) or given.search(text)] == []
    for name in ("variables.tf", "outputs.tf"):
        for environment in ENVIRONMENTS:
            text = texts[f"envs/{environment}/{name}"]
            assert (
                re.findall(r'^(?:variable|output) "(\w*(?:password|token|private_key)\w*)"', text, re.MULTILINE) == []
            )


@of_each_environment
def test_images_are_immutable_and_scanned(plan: Plans, environment: str) -> None:
    found = plan(environment)
    [repository] = found.of("aws_ecr_repository")
    assert repository.values["image_tag_mutability"] == "IMMUTABLE"
    [scan] = repository.values["image_scanning_configuration"]
    assert scan["scan_on_push"]
