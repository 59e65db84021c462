"""The environment dev, applied to an emulated AWS, and the commands of production on what was applied.

The tests stand in the order of an environment's life: apply, run, fail, receive a file, plan again, destroy.
"""

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from deltalake import DeltaTable
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from devstack import services, startup
from ingestion.settings import PROJECT, Settings
from operations.steps import STEPS
from tests.emulated_aws import client
from tests.infra.terraform import Terraform, copied, emulate
from tests.infra.worker import Worker
from tests.integration.publishing import connect

# the first test applies and makes the demo, the second one builds
pytestmark = [pytest.mark.infra, pytest.mark.timeout(3600)]

LAKEHOUSE = str(Path(sys.executable).with_name("lakehouse"))
SCALE, DAYS, AS_OF = "0.05", "30", "2026-10-15"
LACKING = (
    "budgets",
    "emr",
    "composite_alarms",
    "flow_logs",
    "require_tls",
    "cloudtrail",
    "log_archive",
    "query_definitions",
)
"""Features that moto can't apply: it lacks the service, the operation, or an answer that Terraform waits for."""
SOURCES = ("cdc", "fx_rates", "kafka", "postgres", "redshift", "salesforce", "snowflake", "vendor_files")


@dataclass
class Applied:
    """An applied environment: its folder, and the variables that lead the commands to it and to the local services."""

    home: Path
    terraform: Terraform
    variables: Mapping[str, str]

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """Of Terraform, by name."""
        printed = json.loads(self.terraform.run("output", "-json", "-no-color"))
        return {name: output["value"] for name, output in printed.items()}

    def client(self, service: str) -> Any:
        """A client of an emulated service."""
        return client(self.variables, service)

    def lakehouse(self, words: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        environment = {**plain_environment(), **self.variables, **variables}
        return subprocess.run([LAKEHOUSE, *words], cwd=PROJECT, env=environment, capture_output=True, text=True)

    def table(self, layer: str, name: str) -> DeltaTable:
        """A table of the lake."""
        storage = {name: value for name, value in self.variables.items() if name.startswith("AWS_")}
        return DeltaTable(f"{self.folder(layer)}/{name}", storage_options=storage)

    def folder(self, layer: str) -> str:
        """The folder of a layer's tables."""
        return f"{self.variables['LAKEHOUSE_ROOT']}/{self.variables['LAKEHOUSE_PREFIX']}{layer}"


def plain_environment() -> dict[str, str]:
    """Variables of this process, without any that lead to somebody's systems."""
    own = ("LAKEHOUSE_", "SOURCES__", "AWS_", "DLT_", "TF_VAR_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """Dev, applied; the demo's systems run, and the vendors' files are in the applied drop."""
    home = tmp_path_factory.mktemp("applied")
    settings = replace(Settings.load(), home=home)
    try:
        startup.up(settings)
        local = services.environment(settings)
        made = Applied(home, Terraform(_environment(tmp_path_factory.mktemp("infra")), _variables(local)), local)
        made.lakehouse(["demo-data", "--scale", SCALE, "--days", DAYS, "--as-of", AS_OF]).check_returncode()
        # state machines run; before the first one is made, because this changes who keeps them
        switch = {"stepfunctions": {"execute_state_machine": True}}
        requests.post(f"{local['AWS_ENDPOINT_URL']}/moto-api/config", json=switch, timeout=60).raise_for_status()
        made.terraform.init("-reconfigure")
        made.terraform.run("apply", "-input=false", "-no-color", "-auto-approve")
        ran = made.lakehouse(["env", "--json", "--from-terraform", str(made.terraform.folder)])
        assert ran.returncode == 0, ran.stderr
        # `local`: only there the commands speak to AWS without TLS
        made.variables = {**local, **json.loads(ran.stdout), "LAKEHOUSE_ENVIRONMENT": "local"}
        _deliver(made, local)
        yield made
    finally:
        services.down(settings)


def _environment(folder: Path) -> Path:
    dev = copied(folder) / "envs" / "dev"
    emulate(dev)
    return dev


def _variables(local: Mapping[str, str]) -> dict[str, str]:
    features = {**dict.fromkeys(LACKING, False), "schedules": True, "force_destroy": True}
    return {
        **{name: value for name, value in local.items() if name.startswith("AWS_")},
        "TF_VAR_image_tag": "1.0.0",
        "TF_VAR_features": json.dumps(features),
        "TF_VAR_task_runtime": "sqs",
        "TF_VAR_sources": json.dumps(SOURCES),
        "TF_VAR_retry_interval_s": "1",
    }


def _deliver(made: Applied, local: Mapping[str, str]) -> None:
    """Copy the vendors' files into the applied drop."""
    s3, drop = made.client("s3"), made.outputs["vendor_drop_bucket_name"]
    source = urlsplit(local["SOURCES__VENDOR_FILES__BUCKET_URL"]).netloc
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=source):
        for stored in page["Contents"]:
            s3.copy_object(Bucket=drop, Key=stored["Key"], CopySource={"Bucket": source, "Key": stored["Key"]})


@pytest.fixture
def worker(applied: Applied) -> Iterator[Worker]:
    """Runs the state machine's commands; the first load of exchange rates is killed, as spare capacity is."""
    queue = applied.outputs["worker_queue_url"]
    found = Worker(applied.client("sqs"), applied.client("stepfunctions"), queue, applied.lakehouse)
    with found.working():
        yield found


def execute(applied: Applied, name: str, **given: Any) -> dict[str, Any]:
    """Start the state machine; returns how it ended."""
    machines, machine = applied.client("stepfunctions"), applied.outputs["state_machine_arn"]
    begun = machines.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))["executionArn"]

    @retry(retry=retry_if_result(lambda it: it["status"] == "RUNNING"), stop=stop_after_delay(3000), wait=wait_fixed(1))
    def ended() -> dict[str, Any]:
        execution: dict[str, Any] = machines.describe_execution(executionArn=begun)
        return execution

    return ended()


def test_a_run_loads_builds_and_publishes_and_a_killed_step_is_retried(applied: Applied, worker: Worker) -> None:
    killed: list[list[str]] = []

    def run(words: list[str]) -> subprocess.CompletedProcess[str]:
        if words == ["ingest", "fx_rates"] and not killed:
            killed.append(words)
            return applied.lakehouse(words, LAKEHOUSE_CRASH_AT="committed")
        return applied.lakehouse(words)

    worker.run = run
    ended = execute(applied, "day-1")
    assert ended["status"] == "SUCCEEDED", (ended, worker.ended)
    loads, rest = worker.ended[:-2], worker.ended[-2:]
    assert Counter(loads) == Counter([(("ingest", name), 0) for name in SOURCES] + [(("ingest", "fx_rates"), -9)])
    assert rest == [(step.command, 0) for step in STEPS if not step.for_each]


def test_bronze_is_in_the_applied_bucket_under_leases_of_the_applied_table(applied: Applied) -> None:
    folder = applied.folder("bronze")
    assert urlsplit(folder).netloc == applied.outputs["data_lake_bucket_name"]
    held = applied.client("dynamodb").scan(TableName=applied.outputs["lease_table_name"])["Items"]
    addresses = {item["address"]["S"] for item in held}
    bronze = {address.removeprefix(f"{folder}/") for address in addresses if address.startswith(f"{folder}/")}
    assert len(bronze) >= 23
    for name in bronze:
        assert applied.table("bronze", name).version() >= 0


@pytest.mark.parametrize("layer", ["bronze", "silver", "gold"])
def test_tables_are_in_the_applied_glue_database(applied: Applied, layer: str) -> None:
    glue, database = applied.client("glue"), applied.outputs[f"glue_database_{layer}"]
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
    tables = {table["Name"]: table["StorageDescriptor"]["Location"] for page in pages for table in page["TableList"]}
    assert len(tables) > 10
    assert {where.rsplit("/", 1)[0] for where in tables.values()} == {applied.folder(layer)}


def test_the_run_is_in_the_applied_state_table(applied: Applied) -> None:
    items = applied.client("dynamodb").scan(TableName=applied.outputs["state_table_name"])["Items"]
    assert {item["outcome"]["S"] for item in items if item["item"]["S"] == "run"} == {"done"}
    assert len([item for item in items if item["item"]["S"].startswith("table/")]) >= 23


def test_snowflake_has_every_gold_table(applied: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in applied.variables.items():
        monkeypatch.setenv(name, value)
    schema = f"{applied.variables['LAKEHOUSE_PREFIX']}gold"
    pages = applied.client("glue").get_paginator("get_tables").paginate(DatabaseName=schema)
    names = [table["Name"] for page in pages for table in page["TableList"]]
    lake = {name: len(applied.table("gold", name).to_pyarrow_table()) for name in names}
    with connect() as connection, connection.cursor() as cursor:
        copy = {name: cursor.execute(f"select count(*) from {schema}.{name}").fetchone()[0] for name in names}
    assert copy == lake
    assert lake["fact_sales"] > 1000


def test_a_failed_gate_publishes_nothing_and_is_reported_once(applied: Applied, worker: Worker) -> None:
    inbox = _subscribed(applied, "info")  # the alarm on failed executions pages; moto evaluates no alarm
    accounts = applied.table("bronze", "salesforce__account")
    whole, lost = accounts.version(), accounts.to_pyarrow_table(columns=["id"])["id"][0].as_py()
    accounts.delete(f"id = '{lost}'")  # silver still holds it: an error test says so
    try:
        ended = execute(applied, "broken", sources=["salesforce"])
    finally:
        accounts.restore(whole)
    assert ended["status"] == "FAILED"
    assert worker.ended == [(("ingest", "salesforce"), 0), (("run", "--only", "build"), 1)]
    assert "silver_is_bronze_without_quarantine" in worker.said[-1]
    [message] = applied.client("sqs").receive_message(QueueUrl=inbox, MaxNumberOfMessages=10)["Messages"]
    mail = json.loads(message["Body"])
    assert mail["Subject"] == "Run failed: lakehouse-dev"
    assert "broken failed, Snowflake keeps its last good state" in mail["Message"]


def _subscribed(applied: Applied, severity: str) -> str:
    """A queue that gets what a topic's subscribers get."""
    sqs, sns = applied.client("sqs"), applied.client("sns")
    [topic] = [one["TopicArn"] for one in sns.list_topics()["Topics"] if one["TopicArn"].endswith(f"-{severity}")]
    queue = sqs.create_queue(QueueName=f"mail-{severity}")["QueueUrl"]
    place = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=place)
    return str(queue)


def test_a_file_in_the_drop_is_in_bronze_by_the_applied_rule_and_queue(applied: Applied) -> None:
    line = "vendor_id,sku,unit_cost,currency,valid_from\nV1,sku-of-a-late-vendor,1.00,USD,2026-10-15\n"
    drop, queue = applied.outputs["vendor_drop_bucket_name"], applied.outputs["arrivals_queue_url"]
    applied.client("s3").put_object(Bucket=drop, Key="price_list/late.csv.gz", Body=gzip.compress(line.encode()))
    ended = applied.lakehouse(["arrivals", "--queue", queue, "--until-empty"])
    assert ended.returncode == 0, ended.stderr
    skus = applied.table("bronze", "vendor_files__price_list").to_pyarrow_table(columns=["sku"])["sku"].to_pylist()
    assert skus.count("sku-of-a-late-vendor") == 1
    left = applied.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert (left["ApproximateNumberOfMessages"], left["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")


DIFFERENCES = {
    "aws_s3_bucket_notification": {"eventbridge": "moto keeps the notification and answers without it"},
    "aws_sqs_queue": {"redrive_policy": "moto answers the JSON with other spaces"},
    "aws_vpc_security_group_ingress_rule": {"description": "moto answers none"},
    "aws_vpc_security_group_egress_rule": {"description": "moto answers none"},
}
"""What a second plan would change, with moto's fault: type -> attribute -> fault."""


def test_a_second_apply_would_change_only_what_moto_answers_wrong(applied: Applied) -> None:
    changes = applied.terraform.plan()["resource_changes"]
    different = {
        (change["type"], name, tuple(change["change"]["actions"]))
        for change in changes
        if change["change"]["actions"] != ["no-op"]
        for name in _changed(change["change"])
    }
    unexpected = {one for one in different if one[1] not in DIFFERENCES.get(one[0], {}) or one[2] != ("update",)}
    assert unexpected == set()
    assert {(kind, name) for kind, name, _ in different} == {
        (kind, name) for kind, names in DIFFERENCES.items() for name in names
    }, "moto no longer makes one of the differences: take it off the list"


def _changed(change: Mapping[str, Any]) -> list[str]:
    before, after = change["before"] or {}, change["after"] or {}
    unknown = change["after_unknown"] or {}
    return [name for name in {*before, *after, *unknown} if before.get(name) != after.get(name) or unknown.get(name)]


LEFT: Mapping[str, Callable[[Applied], list[str]]] = {
    "buckets": lambda it: [one["Name"] for one in it.client("s3").list_buckets()["Buckets"]],
    "queues": lambda it: it.client("sqs").list_queues().get("QueueUrls", []),
    "tables": lambda it: it.client("dynamodb").list_tables()["TableNames"],
    "databases": lambda it: [one["Name"] for one in it.client("glue").get_databases()["DatabaseList"]],
    "roles": lambda it: [one["RoleName"] for one in it.client("iam").list_roles()["Roles"]],
    "policies": lambda it: [one["PolicyName"] for one in it.client("iam").list_policies(Scope="Local")["Policies"]],
    "secrets": lambda it: [one["Name"] for one in it.client("secretsmanager").list_secrets()["SecretList"]],
    "aliases of keys": lambda it: [one["AliasName"] for one in it.client("kms").list_aliases()["Aliases"]],
    "state machines": lambda it: [
        one["name"] for one in it.client("stepfunctions").list_state_machines()["stateMachines"]
    ],
    "rules": lambda it: [one["Name"] for one in it.client("events").list_rules()["Rules"]],
    "schedules": lambda it: [one["Name"] for one in it.client("scheduler").list_schedules()["Schedules"]],
    "topics": lambda it: [one["TopicArn"] for one in it.client("sns").list_topics()["Topics"]],
    "log groups": lambda it: [one["logGroupName"] for one in it.client("logs").describe_log_groups()["logGroups"]],
    "alarms": lambda it: [one["AlarmName"] for one in it.client("cloudwatch").describe_alarms()["MetricAlarms"]],
    "networks": lambda it: [one["VpcId"] for one in it.client("ec2").describe_vpcs()["Vpcs"] if not one["IsDefault"]],
}


def test_destroy_leaves_nothing(applied: Applied) -> None:
    assert left(applied).keys() == LEFT.keys()
    applied.terraform.run("destroy", "-input=false", "-no-color", "-auto-approve")
    assert applied.terraform.run("state", "list") == ""
    assert left(applied) == {}


def left(applied: Applied) -> dict[str, list[str]]:
    """What the emulated account has of the environment, by kind."""
    found = {kind: _own(look(applied)) for kind, look in LEFT.items()}
    return {kind: names for kind, names in found.items() if names}


def _own(names: list[str]) -> list[str]:
    """Those of the environment; the emulated account has the local services' own, too."""
    return [
        name
        for name in names
        if "lakehouse-dev" in name or "lakehouse_dev" in name or name.startswith(("vpc-", "dlt/"))
    ]
