"""Files are loaded as they arrive: S3 ──▶ EventBridge ──▶ SQS ──▶ `lakehouse arrivals`, or a Lambda function.

An event only says where to look: the table's load lists the objects below its path and takes those it does not know,
exactly once. So events may come twice, late, in any order or not at all: a later load takes what they would have named.
A message that can't be handled stays in the queue, which gives it again and in the end moves it to its dead-letter
queue; the other messages of its batch are done. An object that matches no table is reported and done.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import click
import structlog

from ingestion.bronze.workers import Job, import_early
from ingestion.protocols.config import resolve
from ingestion.protocols.files.store import matches
from ingestion.settings import SettingError, Settings
from ingestion.sources import load_sources
from operations.aws.lambda_function import lambda_function
from operations.emulators import use_local_services
from operations.loading import ingest, tell
from operations.processes.heartbeat import beat
from operations.processes.stop_signals import stopped_by_signals
from operations.records.run_record import one_line, recording
from operations.reporting.progress import Progress

log = structlog.get_logger()

BATCH = 10
"""The largest number of messages that SQS gives at once."""
WAIT_S = 20
"""Seconds for which SQS holds a request while the queue is empty."""


class NotAnArrival(ValueError):
    """A message is no event of an object that was created: what it has instead."""


class QueueUnavailable(RuntimeError):
    """The queue could not be read or written: which, why, and what to check."""


@dataclass(frozen=True)
class Arrival:
    """An object that was created."""

    bucket: str
    key: str
    """Within the bucket."""


@click.command
@click.option("--queue", envvar="LAKEHOUSE_ARRIVALS_QUEUE", metavar="URL", help="The SQS queue of the vendor drop.")
@click.option("--until-empty", is_flag=True, help="End when the queue gives no message, instead of waiting for more.")
def command(queue: str | None, until_empty: bool) -> None:
    """Load files as they arrive, by the events in a queue, until SIGTERM or Ctrl-C.

    Each object that S3 reports is loaded exactly once, however often and in whatever order its events come. A message
    that can't be handled stays in the queue and ends in its dead-letter queue.

    \b
    lakehouse arrivals --queue https://sqs.eu-west-1.amazonaws.com/123456789012/lakehouse-dev-arrivals
    """
    if not queue:
        raise SettingError(
            "the queue is not set: pass --queue URL, or set LAKEHOUSE_ARRIVALS_QUEUE; "
            "`terraform output arrivals_queue_url` prints it"
        )
    settings = use_local_services(Settings.load())
    stopped = threading.Event()
    import_early()  # polars takes SIGINT for itself when it is imported: ours has to come after
    with stopped_by_signals(stopped):
        follow(settings, queue, stopped, until_empty=until_empty)


def follow(settings: Settings, queue: str, stopped: threading.Event, *, until_empty: bool = False) -> None:
    """Handle the queue's messages, and delete those that are done, until `stopped` is set. Raises QueueUnavailable."""
    from boto3.session import Session  # slow, and needed only here

    places = list(drops())
    with _asking(queue):
        sqs = Session().client("sqs")
    while not stopped.is_set():
        beat("arrivals")
        with _asking(queue):
            answer = sqs.receive_message(
                QueueUrl=queue, MaxNumberOfMessages=BATCH, WaitTimeSeconds=0 if until_empty else WAIT_S
            )
        received = answer.get("Messages", [])
        if not received and until_empty:
            return
        failed = handle(settings, places, {one["MessageId"]: one["Body"] for one in received})
        done = [
            {"Id": str(number), "ReceiptHandle": one["ReceiptHandle"]}
            for number, one in enumerate(received)
            if one["MessageId"] not in failed
        ]
        if done:
            with _asking(queue):
                sqs.delete_message_batch(QueueUrl=queue, Entries=done)


@contextmanager
def _asking(queue: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, ValueError) as error:  # ValueError: an AWS_ENDPOINT_URL that is no URL
        raise QueueUnavailable(
            f"the queue {queue} does not answer: {one_line(error)}; check the URL (`terraform output "
            "arrivals_queue_url` prints it), AWS_REGION, the credentials (`aws sts get-caller-identity`), and the "
            "role's rights on the queue and its key"
        ) from error


@lambda_function
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Handle a batch that SQS gave to a Lambda function; the answer names the messages that SQS has to give again."""
    messages = {record["messageId"]: record["body"] for record in event["Records"]}
    failed = handle(Settings.load(), list(drops()), messages)
    return {"batchItemFailures": [{"itemIdentifier": key} for key in messages if key in failed]}


def handle(settings: Settings, places: Sequence[tuple["Drop", Job]], messages: Mapping[str, str]) -> set[str]:
    """Load the tables that these messages (id -> body) name; returns the ids of those that could not be handled."""
    failed: set[str] = set()
    waiting: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for key, body in messages.items():
        try:
            came = arrival(body)
        except NotAnArrival as error:
            log.error("arrivals.not_an_arrival", message=key, error=str(error))
            failed.add(key)
            continue
        jobs = [job for place, job in places if place.holds(came, job)]
        if not jobs:
            log.warning("arrivals.unmatched", bucket=came.bucket, key=came.key)
        for source, table in jobs:
            waiting[source.name][table.name].add(key)
    for source_name, tables in waiting.items():
        failed |= load(settings, source_name, tables)
    return failed


def load(settings: Settings, source: str, tables: Mapping[str, set[str]]) -> set[str]:
    """Load tables of a source; returns the ids of the messages (table -> ids) whose table could not be loaded."""
    with recording(settings, "arrivals") as record, Progress() as progress:
        progress.phase("arrivals", len(tables))
        results = ingest(
            settings,
            (source,),
            tuple(tables),
            record.run_id,
            on_result=lambda result: tell(result, record, progress),
        )
    return {key for result in results if result.error for key in tables[result.table]}


def arrival(body: str) -> Arrival:
    """Return the object that an event names, EventBridge's or S3's own. Raises NotAnArrival."""
    try:
        event = json.loads(body)
        if "Records" in event:  # S3's own notification, whose keys are encoded
            [record] = event["Records"]
            return Arrival(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))
        return Arrival(event["detail"]["bucket"]["name"], event["detail"]["object"]["key"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotAnArrival(
            f"expected an event with detail.bucket.name and detail.object.key, found {body[:200]!r}"
        ) from error


@dataclass(frozen=True)
class Drop:
    """A place in S3 where a source's files arrive."""

    bucket: str
    prefix: str

    def holds(self, came: Arrival, job: Job) -> bool:
        """True if the object belongs to the table."""
        _, table = job
        inside = came.bucket == self.bucket and came.key.startswith(self.prefix)
        return inside and matches(came.key.removeprefix(self.prefix), table.path or "")


def drops() -> Iterator[tuple[Drop, Job]]:
    """Yield every table that is loaded from objects in S3, and where its source's files arrive.

    A source without settings has no drop. Raises SettingError where no source has one.
    """
    found, errors = 0, []
    for source in load_sources().values():
        tables = [table for table in source.tables if table.kind in ("files", "changes")]
        if not tables or source.settings is None:
            continue
        try:
            url = urlsplit(resolve(source.settings, source.name).bucket_url)
        except SettingError as error:
            errors.append(str(error))
            continue
        found += 1
        prefix = url.path.strip("/")
        if url.scheme == "s3":
            yield from ((Drop(url.netloc, f"{prefix}/" if prefix else ""), (source, table)) for table in tables)
    if not found:
        raise SettingError(f"no source has files in S3: {'; '.join(errors)}")
