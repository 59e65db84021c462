"""Rules that no scanner checks, over each environment's plan: least privilege, encryption, dead letters, limits."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from operations.definitions import steps
from tests.infra.plan import Plan, Resource
from tests.infra.terraform import ENVIRONMENTS, INFRA

pytestmark = pytest.mark.infra
of_each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)

Plans = Callable[[str], Plan]
OUTPUTS = {
    *("data_lake_bucket_name", "artifacts_bucket_name", "emr_serverless_application_id", "emr_serverless_job_role_arn"),
    *("glue_database_bronze", "glue_database_silver", "glue_database_gold", "kms_key_id"),
    "emr_serverless_log_group_name",
}
"""Names that guides and commands use."""
THRESHOLDS = {50, 80, 100, 120}
STEPS = set(steps())


def without(resources: list[Resource], *arguments: str) -> list[str]:
    """Addresses of the resources that lack one of the arguments."""
    return [one.address for one in resources if not all(one.has(argument) for argument in arguments)]


@of_each_environment
def test_no_policy_allows_every_action(plan: Plans, environment: str) -> None:
    statements = list(plan(environment).policies())
    assert len(statements) > 50
    allowed = [(at, one) for at, one in statements if one.get("effect") != "Deny"]
    wild = [(at, action) for at, one in allowed for action in one.get("actions") or () if "*" in action]
    assert wild == []
    assert [at for at, one in allowed if one.get("not_actions")] == []


@of_each_environment
def test_a_role_has_a_permissions_boundary(plan: Plans, environment: str) -> None:
    roles = plan(environment).of("aws_iam_role")
    assert len(roles) >= 5
    assert without(roles, "permissions_boundary") == []


@of_each_environment
def test_a_step_has_its_own_task_and_role(plan: Plans, environment: str) -> None:
    found = plan(environment)
    families = {one.values["family"] for one in found.of("aws_ecs_task_definition")}
    assert families == {f"lakehouse-{environment}-{step}" for step in STEPS}
    assert families <= {one.values["name"] for one in found.of("aws_iam_role")}


@of_each_environment
def test_a_function_reserves_no_concurrency_of_the_account(plan: Plans, environment: str) -> None:
    functions = plan(environment).of("aws_lambda_function")
    assert functions
    assert [one.address for one in functions if one.values["reserved_concurrent_executions"] != -1] == []


@of_each_environment
def test_private_subnets_lie_in_different_zones(plan: Plans, environment: str) -> None:
    """Two at least, because Airflow is on."""
    zones = [one.values["availability_zone"] for one in plan(environment).of("aws_subnet") if ".private" in one.address]
    assert len(set(zones)) == len(zones) >= 2


@of_each_environment
def test_the_daily_run_is_the_state_machines(plan: Plans, environment: str) -> None:
    """Its alarms watch the state machine; of a task, nobody would know that it is missing."""
    [daily] = [one for one in plan(environment).of("aws_scheduler_schedule") if '"daily"' in one.address]
    [target] = daily.values["target"]
    assert target["ecs_parameters"] == []


@of_each_environment
def test_vendors_have_a_key_apart_from_the_lakes(plan: Plans, environment: str) -> None:
    names = {one.values["name"] for one in plan(environment).of("aws_kms_alias", "aws_iam_role")}
    assert {f"alias/lakehouse-{environment}-vendor-drop", f"lakehouse-{environment}-vendor-acme"} <= names


@of_each_environment
def test_a_log_group_has_a_retention_and_a_key(plan: Plans, environment: str) -> None:
    groups = plan(environment).of("aws_cloudwatch_log_group")
    assert len(groups) >= 4
    assert without(groups, "retention_in_days", "kms_key_id") == []


@of_each_environment
def test_a_queue_is_encrypted_and_has_dead_letters_and_an_alarm(plan: Plans, environment: str) -> None:
    found = plan(environment)
    queues = {str(one.values["name"]): one for one in found.of("aws_sqs_queue")}
    dead = {name for name in queues if name.endswith("dead-letter")}
    assert dead
    assert without(list(queues.values()), "kms_master_key_id") == []
    assert without([one for name, one in queues.items() if name not in dead], "redrive_policy") == []
    dimensions = [alarm.values.get("dimensions") or {} for alarm in found.of("aws_cloudwatch_metric_alarm")]
    assert dead - {one.get("QueueName") for one in dimensions} == set()


@of_each_environment
def test_a_target_of_an_event_has_dead_letters(plan: Plans, environment: str) -> None:
    found = plan(environment)
    assert without(found.of("aws_cloudwatch_event_target"), "dead_letter_config") == []
    for schedule in found.of("aws_scheduler_schedule"):
        [target] = schedule.written["target"]
        assert "dead_letter_config" in target, schedule.address


@of_each_environment
def test_descriptions_of_security_groups_have_only_signs_that_ec2_takes(plan: Plans, environment: str) -> None:
    groups = plan(environment).of(
        "aws_security_group", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"
    )
    assert len(groups) >= 4
    signs = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
    assert [one.address for one in groups if not signs.fullmatch(one.values.get("description") or "")] == []


@of_each_environment
def test_an_endpoint_has_a_policy(plan: Plans, environment: str) -> None:
    endpoints = plan(environment).of("aws_vpc_endpoint")
    assert len(endpoints) >= 8
    assert without(endpoints, "policy") == []


@of_each_environment
def test_spark_has_limits(plan: Plans, environment: str) -> None:
    [application] = plan(environment).of("aws_emrserverless_application")
    [stop] = application.values["auto_stop_configuration"]
    assert application.values["type"].upper() == "SPARK"
    assert application.has("maximum_capacity")
    assert stop["enabled"]
    assert stop["idle_timeout_minutes"] <= 15


@of_each_environment
def test_a_budget_warns_early(plan: Plans, environment: str) -> None:
    [budget] = plan(environment).of("aws_budgets_budget")
    assert {one["threshold"] for one in budget.values["notification"]} >= THRESHOLDS


@of_each_environment
def test_outputs_have_the_names_that_guides_use(plan: Plans, environment: str) -> None:
    assert set(plan(environment).outputs) >= OUTPUTS


@of_each_environment
def test_an_environment_hides_no_variable(environment: str) -> None:
    """Whatever the composition takes is a variable of the environment, or decided in its main.tf."""
    declared = re.compile(r'^variable "(\w+)"', re.MULTILINE)
    folder = INFRA / "envs" / environment
    taken = set(declared.findall((INFRA / "modules" / "lakehouse" / "variables.tf").read_text()))
    module = (folder / "main.tf").read_text().partition('module "lakehouse"')[2]
    decided = set(re.findall(r"^  (\w+) +=", module, re.MULTILINE))
    assert taken - decided <= {"emr", "scan_limit_bytes"}
    own = set(declared.findall((folder / "variables.tf").read_text()))
    assert own - decided == {"replica_region"}
    example = (folder / "terraform.tfvars.example").read_text()
    assert {"image_tag", "sources"} <= set(re.findall(r"^(?:# )?(\w+) +=", example, re.MULTILINE)) <= own


def test_a_resource_that_is_any_has_a_reason() -> None:
    """In the configuration, because a plan has no comments."""
    for file in INFRA.rglob("*.tf"):
        lines = file.read_text().splitlines()
        for number, line in enumerate(lines):
            if re.search(r'resources\s*=\s*\["\*"\]', line):
                above = "\n".join(lines[max(0, number - 6) : number])
                assert '# resource "*": ' in above, f"{file.relative_to(INFRA)}:{number + 1} gives no reason"


def test_every_policy_is_a_policy_document() -> None:
    """So that the rule on actions sees every statement of them."""
    assert [file.name for file in INFRA.rglob("*.tf") if re.search(r"\bStatement\b", file.read_text())] == []


def services(statement: Mapping[str, Any]) -> set[str]:
    """Principals of a policy's statement that are AWS services."""
    found = [one for one in statement.get("principals") or () if one.get("type") == "Service"]
    return {str(name) for one in found for name in one.get("identifiers") or ()}


def on_its_source(statement: Mapping[str, Any]) -> set[str]:
    """Conditions of a statement on the account or the resource for which a service acts."""
    variables = {str(one.get("variable")) for one in statement.get("condition") or ()}
    return {name for name in variables if name.startswith("aws:Source")}


@of_each_environment
def test_eventbridge_is_not_asked_for_a_source_that_it_does_not_send(plan: Plans, environment: str) -> None:
    """To KMS and to topics; queues learn the rule."""
    kinds = ("aws_iam_policy_document.key[", "aws_iam_policy_document.topic[")
    found = [
        (at, one)
        for at, one in plan(environment).policies()
        if any(kind in at for kind in kinds) and "events.amazonaws.com" in services(one)
    ]
    assert {kind for kind in kinds for at, _ in found if kind in at} == set(kinds)
    assert [at for at, one in found if one.get("condition")] == []


@of_each_environment
def test_api_gateway_is_not_asked_for_an_account_that_it_does_not_send(plan: Plans, environment: str) -> None:
    found = [one for _, one in plan(environment).policies() if "apigateway.amazonaws.com" in services(one)]
    assert found
    assert [one for one in found if on_its_source(one)] == []


@of_each_environment
def test_services_that_name_their_account_are_limited_to_it(plan: Plans, environment: str) -> None:
    silent = {"events.amazonaws.com", "apigateway.amazonaws.com", "delivery.logs.amazonaws.com", "s3.amazonaws.com"}
    open_to_all = [
        (at, sorted(services(one)))
        for at, one in plan(environment).policies()
        if one.get("effect") != "Deny" and services(one) - silent and not one.get("condition")
    ]
    assert [
        one for one in open_to_all if not all(re.match(r"dms\.[a-z0-9-]+\.amazonaws", name) for name in one[1])
    ] == []


@of_each_environment
def test_a_failed_run_pages_once(plan: Plans, environment: str) -> None:
    found = plan(environment)
    [composite] = found.of("aws_cloudwatch_composite_alarm")
    assert "missing" not in composite.values["alarm_rule"]  # it stays in ALARM while nothing runs
    members = [one for one in found.of("aws_cloudwatch_metric_alarm") if one.values["alarm_name"] in rule_of(composite)]
    assert len(members) == 3
    assert [one.address for one in members if one.has("alarm_actions") and one.values.get("alarm_actions") != []] == []
    metrics = json.loads((INFRA / "modules/observability/metrics.json").read_text())
    assert [one["name"] for one in metrics if (one.get("alarm") or {}).get("severity") == "critical"] == []


def rule_of(composite: Resource) -> set[str]:
    """Names of a composite alarm's members."""
    return set(re.findall(r'ALARM\("([^"]+)"\)', composite.values["alarm_rule"]))


@of_each_environment
def test_a_budget_counts_without_a_tag_that_somebody_has_to_activate(plan: Plans, environment: str) -> None:
    [budget] = plan(environment).of("aws_budgets_budget")
    assert not [one for one in budget.values.get("cost_filter") or () if one["name"] == "TagKeyValue"]


@of_each_environment
def test_what_a_load_reads_is_never_archived(plan: Plans, environment: str) -> None:
    """Only logs lie where an object has to be restored before it is read."""
    archived = [
        one.address
        for one in plan(environment).of("aws_s3_bucket_lifecycle_configuration")
        for rule in one.values["rule"]
        for step in rule.get("transition") or ()
        if step["storage_class"] in ("GLACIER", "DEEP_ARCHIVE")
    ]
    assert archived
    assert [address for address in archived if not address.endswith('["logs"]')] == []


@of_each_environment
def test_what_vendors_send_has_a_key_of_its_own(plan: Plans, environment: str) -> None:
    keys = {one.address.rpartition(".")[2]: one for one in plan(environment).of("aws_kms_key")}
    assert {'this["data"]', 'this["operations"]', 'this["vendor_drop"]'} <= keys.keys()


@of_each_environment
def test_items_of_runs_expire(plan: Plans, environment: str) -> None:
    tables = {one.values["name"].rpartition("-")[2]: one for one in plan(environment).of("aws_dynamodb_table")}
    [expiry] = tables["state"].values["ttl"]
    assert (expiry["attribute_name"], expiry["enabled"]) == ("expires_at", True)
    assert not any(one.get("enabled") for one in tables["leases"].values.get("ttl") or ())
