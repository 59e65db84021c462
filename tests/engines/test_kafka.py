"""The Kafka source against Apache Kafka: what no light broker shows (make test-engines)."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from ingestion.bronze.errors import OffsetsLost, TopicRecreated
from ingestion.bronze.load import LoadResult
from ingestion.bronze.slices.offsets import Stretch
from ingestion.sources.kafka import SOURCE
from ingestion.spec import SourceError, SourceUnavailable, Table
from tests.engines.kafka_server import PASSWORD, Server, patiently
from tests.unit.bronze.memory import Lake

pytestmark = pytest.mark.engines

SPEC = SOURCE.table("inventory_updates")


def event(number: int, **more: Any) -> str:
    return json.dumps({"event_id": f"E{number}", "quantity_delta": number, **more})


@pytest.fixture
def topic(kafka: Server) -> str:
    """A topic of the test's own, with one partition."""
    name = f"topic-{uuid.uuid4().hex[:8]}"
    kafka.create(name)
    return name


def load(lake: Lake, topic: str, **options: Any) -> LoadResult:
    table = Table("events", key=SPEC.key, kind="offsets", path=topic, columns=SPEC.columns)
    with SOURCE.connect() as reader:
        return lake.load(reader, table, **options)


def offsets(lake: Lake) -> list[int]:
    return lake.values("_offset", "memory__events")


@pytest.mark.parametrize(
    ("listener", "mechanism"),
    [("SASL_SSL", "SCRAM-SHA-512"), ("SASL_SSL", "PLAIN"), ("SASL_PLAINTEXT", "SCRAM-SHA-512"), ("PLAINTEXT", "PLAIN")],
)
def test_messages_arrive_through_each_protocol(
    kafka: Server, settings: pytest.MonkeyPatch, lake: Lake, topic: str, listener: str, mechanism: str
) -> None:
    settings.setenv("SOURCES__KAFKA__BOOTSTRAP_SERVERS", kafka.address(listener))
    settings.setenv("SOURCES__KAFKA__SECURITY_PROTOCOL", listener)
    settings.setenv("SOURCES__KAFKA__SASL_MECHANISM", mechanism)
    kafka.send(topic, event(7, timestamp="2026-01-01T00:00:00.000001Z"), None, b"no json", key="K")
    assert (load(lake, topic).landed, load(lake, topic).entry) == (2, None)
    row, tombstone = sorted(lake.rows("memory__events"), key=lambda row: row["_offset"])
    assert (row["event_id"], row["quantity_delta"], row["_key"], row["_tombstone"]) == ("E7", 7, "K", False)
    assert abs(row["_timestamp"] - datetime.now(UTC)) < timedelta(minutes=5)
    assert (tombstone["event_id"], tombstone["_key"], tombstone["_tombstone"]) == (None, "K", True)
    [bad] = lake.rows("memory__events__quarantine")
    assert (bad["payload"], bad["rule"], bad["position"]) == ("no json", "bad_json", f"{topic}/0/2")


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [("PASSWORD", "hunter2", "uthentication"), ("CA_FILE", "", "certificate"), ("SASL_MECHANISM", "SCRAM-SHA-256", "")],
)
def test_a_refusal_says_why_and_keeps_the_secret(
    settings: pytest.MonkeyPatch, kafka: Server, setting: str, value: str, said: str
) -> None:
    settings.setenv(f"SOURCES__KAFKA__{setting}", value)
    with pytest.raises(SourceUnavailable) as refusal, SOURCE.connect():
        pass
    assert str(refusal.value).startswith(f"kafka at {kafka.address('SASL_SSL')} is not available: ")
    assert said in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
    assert PASSWORD not in str(refusal.value)


def test_a_topic_that_is_not_there_is_named(settings: pytest.MonkeyPatch, lake: Lake) -> None:
    with pytest.raises(SourceError, match=r"nothing: .*[Uu]nknown topic"):
        load(lake, "nothing")


def test_aborted_transactions_never_land_and_their_markers_are_passed(kafka: Server, lake: Lake, topic: str) -> None:
    producer = kafka.producer(f"{topic}-writer")
    for number, end in enumerate(("commit", "abort", "commit", "abort")):
        producer.begin_transaction()
        producer.produce(topic, event(number))
        producer.flush(30)
        producer.commit_transaction(30) if end == "commit" else producer.abort_transaction(30)
    assert load(lake, topic).landed == 2
    assert lake.values("event_id", "memory__events") == ["E0", "E2"]
    assert load(lake, topic).entry is None  # the watermark is behind the last marker, where no message is
    kafka.send(topic, event(9))
    assert load(lake, topic).landed == 1
    assert offsets(lake) == [0, 4, 8]


def test_a_window_ends_before_an_open_transaction(kafka: Server, lake: Lake, topic: str) -> None:
    kafka.send(topic, event(1))
    producer = kafka.producer(f"{topic}-writer")
    producer.begin_transaction()
    producer.produce(topic, event(2))
    producer.flush(30)
    kafka.send(topic, event(3))
    assert load(lake, topic).landed == 1
    assert load(lake, topic).entry is None
    producer.commit_transaction(30)
    assert load(lake, topic).landed == 2
    assert lake.values("event_id", "memory__events") == ["E1", "E2", "E3"]


def test_a_partition_of_nothing_but_an_aborted_transaction_moves_the_watermark(
    kafka: Server, lake: Lake, topic: str
) -> None:
    producer = kafka.producer(f"{topic}-writer")
    producer.begin_transaction()
    producer.produce(topic, event(1))
    producer.flush(30)
    producer.abort_transaction(30)
    assert load(lake, topic).entry is not None
    assert load(lake, topic).entry is None
    kafka.send(topic, event(2))
    assert load(lake, topic).landed == 1


def test_compaction_leaves_gaps_that_are_passed(kafka: Server, lake: Lake) -> None:
    topic = f"compacted-{uuid.uuid4().hex[:8]}"
    often = {"segment_bytes": "1048576", "segment_ms": "100", "min_cleanable_dirty_ratio": "0.01"}
    kafka.create(topic, cleanup_policy="compact", max_compaction_lag_ms="100", **often)
    for number in range(5):
        kafka.send(topic, *[event(number * 10 + again) for again in range(10)], key=f"K{number % 2}")

    @patiently
    def compacted() -> None:
        kafka.send(topic, event(99), key="last")  # rolls the segment, so that what is before can be compacted
        assert len(readable(kafka, topic)) < 30

    compacted()
    there = readable(kafka, topic)
    assert load(lake, topic).landed == len(there)
    assert offsets(lake) == there
    assert load(lake, topic).entry is None


def readable(kafka: Server, topic: str) -> list[int]:
    """The offsets that a plain consumer finds."""
    consumer = Consumer(kafka.client(**{"group.id": "plain", "enable.partition.eof": True}))
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = []
    while (message := consumer.poll(10)) is not None and message.error() is None:
        found.append(message.offset())
    consumer.close()
    return found


def test_a_topic_that_was_made_anew_stops_its_table(kafka: Server, lake: Lake, topic: str) -> None:
    kafka.send(topic, event(1), event(2))
    load(lake, topic)
    kafka.delete(topic)
    kafka.create(topic)
    kafka.send(topic, event(3))
    for options in ({}, {"stretch": Stretch(again_from=0)}, {"full": True}):
        with pytest.raises(TopicRecreated, match=rf"{topic}/0 ends at offset 1, .* read up to 2: .* made anew"):
            load(lake, topic, **options)
    assert lake.values("event_id", "memory__events") == ["E1", "E2"]


def test_a_topic_with_fewer_partitions_was_made_anew(kafka: Server, lake: Lake) -> None:
    topic = f"wide-{uuid.uuid4().hex[:8]}"
    kafka.create(topic, partitions=3)
    kafka.send(topic, event(1), partition=2)
    load(lake, topic)
    kafka.delete(topic)
    kafka.create(topic)
    with pytest.raises(TopicRecreated, match=rf"{topic}/2 is gone"):
        load(lake, topic)


def test_a_partition_that_is_added_just_appears(kafka: Server, lake: Lake, topic: str) -> None:
    from confluent_kafka.admin import NewPartitions

    kafka.send(topic, event(1))
    load(lake, topic)
    kafka.admin.create_partitions([NewPartitions(topic, 2)])[topic].result(30)
    patiently(kafka.send)(topic, event(2), partition=1)
    assert load(lake, topic).landed == 1
    assert lake.values("_partition", "memory__events") == [0, 1]


def test_what_retention_took_before_it_was_loaded_is_an_error_that_says_how_to_go_on(
    kafka: Server, lake: Lake, topic: str
) -> None:
    kafka.send(topic, *[event(number) for number in range(3)])
    load(lake, topic)
    kafka.send(topic, *[event(number) for number in range(3, 10)])
    kafka.expire(topic, before=5)
    with pytest.raises(OffsetsLost, match=rf"{topic}/0: offsets 3 to 4 were deleted .* --replay-from earliest"):
        load(lake, topic)
    with pytest.raises(OffsetsLost, match="offset 2 is gone, the oldest that is left is 5"):
        load(lake, topic, stretch=Stretch(again_from=2))
    assert load(lake, topic, stretch=Stretch(again_from="earliest")).landed == 5
    assert offsets(lake) == [0, 1, 2, 5, 6, 7, 8, 9]
    assert load(lake, topic).entry is None


def test_a_replay_from_an_instant_reads_what_is_newer_and_doubles_nothing(
    kafka: Server, lake: Lake, topic: str
) -> None:
    kafka.send(topic, event(0), "bad")
    load(lake, topic)
    between = lake_instant(lake)
    kafka.send(topic, event(2), "bad too")
    load(lake, topic)
    kafka.send(topic, event(4))
    again = load(lake, topic, stretch=Stretch(again_from=between))
    assert again.facts() | {"bytes": 0} == {"read": 3, "landed": 1, "quarantined": 0, "already_there": 2, "bytes": 0}
    assert offsets(lake) == [0, 2, 4]
    assert len(lake.rows("memory__events__quarantine")) == 2
    late = load(lake, topic, stretch=Stretch(again_from=datetime.now(UTC) + timedelta(days=1)))
    assert late.entry is None


def lake_instant(lake: Lake) -> datetime:
    """Just behind the newest message that was loaded."""
    newest: datetime = max(row["_timestamp"] for row in lake.rows("memory__events"))
    return max(newest + timedelta(milliseconds=1), datetime.now(UTC) - timedelta(milliseconds=1))
