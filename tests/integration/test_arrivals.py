"""`lakehouse arrivals` on a bucket whose events go through EventBridge to a queue, as in an account."""

import gzip
import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from deltalake import DeltaTable
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from devstack.catalog import ACCOUNT
from ingestion.settings import Settings
from operations.commands.arrivals import QueueUnavailable, follow
from tests.emulated_aws import emulated_aws

pytestmark = pytest.mark.commands

BUCKET = "arrivals"
VISIBLE_AGAIN_S = 2
"""Seconds after which the queue gives a message again."""
TRIES = 2
"""Deliveries of a message before it is a dead letter."""


@dataclass
class Drop:
    """A bucket, the queue of its events, and the queue of their dead letters."""

    settings: Settings
    s3: Any
    sqs: Any
    queue: str
    dead_letters: str

    def put(self, day: int, sku: str) -> None:
        line = f"vendor_id,sku,unit_cost,currency,valid_from\nV1,{sku},1.00,USD,2026-10-{day:02}\n"
        self.s3.put_object(Bucket=BUCKET, Key=f"price_list/{day}.csv.gz", Body=gzip.compress(line.encode()))

    def say(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=body)

    def follow(self) -> None:
        follow(self.settings, self.queue, threading.Event(), until_empty=True)

    def landed(self) -> Counter[str]:
        address = f"{self.settings.bronze}/vendor_files__price_list"
        if not DeltaTable.is_deltatable(address):
            return Counter()
        return Counter(DeltaTable(address).to_pyarrow_table(columns=["sku"])["sku"].to_pylist())

    def held(self, queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        # moto counts one after the other: a message that becomes visible between them is in neither, once
        counts = [self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"] for _ in range(2)]
        return max(sum(int(count[name]) for name in names) for count in counts)

    @retry(retry=retry_if_result(bool), wait=wait_fixed(0.5), stop=stop_after_delay(120))
    def follow_until_empty(self) -> int:
        """Until the queue holds no message, those that were given and come again included; returns 0."""
        self.follow()
        return self.held(self.queue)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An emulated AWS of this file's own, and the LAKEHOUSE_HOME that it runs in."""
    home = tmp_path_factory.mktemp("aws")
    with emulated_aws(home) as variables:
        yield {**variables, "LAKEHOUSE_HOME": str(home)}


@pytest.fixture
def drop(aws: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drop]:
    for name, value in aws.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LAKEHOUSE_ROOT", str(tmp_path / "lake"))
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("SOURCES__VENDOR_FILES__BUCKET_URL", f"s3://{BUCKET}")
    s3, sqs, events = boto3.client("s3"), boto3.client("sqs"), boto3.client("events")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}})
    dead_letters = sqs.create_queue(QueueName="arrivals-dead-letters")["QueueUrl"]
    redrive = {"deadLetterTargetArn": arn_of(sqs, dead_letters), "maxReceiveCount": str(TRIES)}
    attributes = {"VisibilityTimeout": str(VISIBLE_AGAIN_S), "RedrivePolicy": json.dumps(redrive)}
    queue = sqs.create_queue(QueueName="arrivals", Attributes=attributes)["QueueUrl"]
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [BUCKET]}}}
    events.put_rule(Name="arrivals", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="arrivals", Targets=[{"Id": "queue", "Arn": arn_of(sqs, queue)}])
    yield Drop(Settings.load(), s3, sqs, queue, dead_letters)
    events.remove_targets(Rule="arrivals", Ids=["queue"])
    events.delete_rule(Name="arrivals")
    for one in (queue, dead_letters):
        sqs.delete_queue(QueueUrl=one)
    for stored in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        s3.delete_object(Bucket=BUCKET, Key=stored["Key"])
    s3.delete_bucket(Bucket=BUCKET)


def arn_of(sqs: Any, queue: str) -> str:
    found: str = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return found


def test_files_that_arrive_land_once_whatever_their_events_do(drop: Drop) -> None:
    for day in (3, 1, 2):
        drop.put(day, f"sku-{day}")
    again = drop.sqs.receive_message(QueueUrl=drop.queue, MaxNumberOfMessages=1, VisibilityTimeout=0)
    drop.say(again["Messages"][0]["Body"])
    assert drop.held(drop.queue) == 4
    drop.follow_until_empty()
    assert drop.landed() == {"sku-1": 1, "sku-2": 1, "sku-3": 1}
    drop.put(2, "sku-2 corrected")
    drop.follow_until_empty()
    assert drop.landed() == {"sku-1": 1, "sku-2": 1, "sku-3": 1, "sku-2 corrected": 1}


def test_a_poisoned_message_ends_as_a_dead_letter_and_stops_no_other(drop: Drop) -> None:
    drop.say("not an event")
    drop.put(1, "sku-1")
    drop.follow_until_empty()
    assert drop.landed() == {"sku-1": 1}
    [message] = drop.sqs.receive_message(QueueUrl=drop.dead_letters)["Messages"]
    assert message["Body"] == "not an event"


@pytest.mark.parametrize("place", ["extracting", "committed", "closed"])
def test_a_consumer_that_is_killed_loses_and_doubles_nothing(drop: Drop, place: str) -> None:
    drop.put(1, "sku-1")
    command = [Path(sys.executable).with_name("lakehouse"), "arrivals", "--queue", drop.queue, "--until-empty"]
    ended = subprocess.run(command, env={**os.environ, "LAKEHOUSE_CRASH_AT": place}, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    drop.follow_until_empty()
    assert drop.landed() == {"sku-1": 1}
    assert drop.held(drop.dead_letters) == 0


def test_a_queue_that_is_not_there_is_named(drop: Drop) -> None:
    queue = f"{drop.queue}-none"
    with pytest.raises(QueueUnavailable, match=f"the queue {queue} does not answer: .*arrivals_queue_url"):
        follow(drop.settings, queue, threading.Event(), until_empty=True)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, r"the queue \S+ does not answer: You must specify a region.; check the URL .*AWS_REGION"),
        (
            {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"},
            r"does not answer: Unable to locate credentials",
        ),
        (
            {"AWS_ENDPOINT_URL": "https://127.0.0.1:1", **ACCOUNT},
            r"does not answer: Could not connect to the endpoint URL",
        ),
        ({"AWS_ENDPOINT_URL": "no url", **ACCOUNT}, r"does not answer: Invalid endpoint: no url"),
    ],
    ids=["no region", "no credentials", "unreachable", "no URL"],
)
def test_an_aws_that_can_not_be_asked_is_one_line(tmp_path: Path, variables: dict[str, str], said: str) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAKEHOUSE_"))}
    ended = subprocess.run(
        [Path(sys.executable).with_name("lakehouse"), "arrivals", "--until-empty"],
        env={
            **plain,
            "HOME": str(tmp_path),  # no profile of whoever runs the tests
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "LAKEHOUSE_ENVIRONMENT": "production",
            "LAKEHOUSE_HOME": str(tmp_path / "home"),
            "LAKEHOUSE_ARRIVALS_QUEUE": "https://sqs.us-east-1.amazonaws.com/123456789012/arrivals",
            "SOURCES__VENDOR_FILES__BUCKET_URL": f"s3://{BUCKET}",
            **variables,
        },
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert re.match(f"lakehouse: .*{said}", line), line


def test_a_consumer_that_goes_on_shows_it(drop: Drop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_HEARTBEATS", str(tmp_path / "heartbeats"))
    drop.follow()
    assert (tmp_path / "heartbeats" / "arrivals").is_file()
