"""Kafka: what its topics lack is produced behind what they hold, so that offsets are the same every time.

A broker that holds anything else (another demo) is emptied first.
"""

import signal
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import tenacity
from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from devstack import services
from devstack.generator.topics import Log
from devstack.health import Unwell
from devstack.kafka import PARTITIONS
from ingestion.plural import plural
from ingestion.settings import Settings

SERVERS = "SOURCES__KAFKA__BOOTSTRAP_SERVERS"
SECONDS = 10.0
"""For one answer."""
FLUSH_SECONDS = 120.0
Held = dict[tuple[str, int], int]
"""(topic, partition) -> how many messages it holds."""


def fill(settings: Settings, addresses: Mapping[str, str], logs: Mapping[str, Log]) -> int:
    """Make the topics hold exactly these logs; returns their messages. Raises Unwell."""
    try:
        held = _held(addresses, logs)
        if not _is_beginning(addresses, logs, held):
            services.send(settings, "kafka", signal.SIGHUP)
            held = _emptied(addresses, logs)
        _produce(addresses, logs, held)
        _check(addresses, logs)
    except KafkaException as error:
        raise Unwell(f"kafka at {addresses[SERVERS]}: {error.args[0].str()}") from error
    return sum(len(log.values) for log in logs.values())


def _client(addresses: Mapping[str, str], **more: Any) -> dict[str, Any]:
    return {"bootstrap.servers": addresses[SERVERS], "log_level": 0, **more}


def _consumer(addresses: Mapping[str, str]) -> "closing[Consumer]":
    return closing(Consumer(_client(addresses, **{"group.id": "demo", "auto.offset.reset": "error"})))


def _held(addresses: Mapping[str, str], logs: Mapping[str, Log]) -> Held:
    """How far each partition is; raises Unwell where a partition has forgotten messages."""
    held: Held = {}
    with _consumer(addresses) as consumer:
        there = consumer.list_topics(timeout=SECONDS).topics
        for topic, number in ((topic, number) for topic in logs for number in range(PARTITIONS) if topic in there):
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=SECONDS)
            if low:
                raise Unwell(
                    f"kafka's {topic} is too large for the local broker, which keeps 5 MB of a partition: choose a "
                    "smaller --scale"
                )
            held[topic, number] = high
    return held


def _is_beginning(addresses: Mapping[str, str], logs: Mapping[str, Log], held: Held) -> bool:
    """Whether the last message that each partition holds is the one that belongs there."""
    ends = {place: count - 1 for place, count in held.items() if count}
    rows = {
        (topic, number, offset): row
        for topic, log in logs.items()
        for row, (number, offset) in enumerate(log.places)
        if ends.get((topic, number)) == offset
    }
    return len(rows) == len(ends) and all(
        _same(logs[topic], rows[topic, number, offset], message)
        for (topic, number, offset), message in _last(addresses, ends).items()
    )


def _last(addresses: Mapping[str, str], ends: Held) -> dict[tuple[str, int, int], Message]:
    """The messages at these offsets, by topic, partition and offset."""
    if not ends:
        return {}
    with _consumer(addresses) as consumer:
        consumer.assign([TopicPartition(topic, number, offset) for (topic, number), offset in ends.items()])
        found = consumer.consume(len(ends), timeout=SECONDS)
    messages = {(str(one.topic()), int(one.partition() or 0), int(one.offset() or 0)): one for one in found}
    if len(messages) < len(ends):
        raise Unwell(f"kafka at {addresses[SERVERS]} doesn't give its last messages: {sorted(ends)}")
    return messages


def _same(log: Log, row: int, message: Message) -> bool:
    key, value = log.keys[row], log.values[row]
    there = (message.key(), message.value(), message.timestamp()[1])
    return there == (key and key.encode(), value, log.milliseconds[row])


@tenacity.retry(
    retry=tenacity.retry_if_result(bool) | tenacity.retry_if_exception_type(KafkaException),
    wait=tenacity.wait_fixed(0.1),
    stop=tenacity.stop_after_delay(SECONDS),
)
def _emptied(addresses: Mapping[str, str], logs: Mapping[str, Log]) -> Held:
    """Wait until the broker holds nothing."""
    return _held(addresses, logs)


def _produce(addresses: Mapping[str, str], logs: Mapping[str, Log], held: Held) -> None:
    order = {"max.in.flight.requests.per.connection": 1, "compression.type": "zstd", "linger.ms": 20}
    producer = Producer(_client(addresses, **order, **{"queue.buffering.max.messages": 0}))
    for topic, log in logs.items():
        for row, (number, offset) in enumerate(log.places):
            if offset >= held.get((topic, number), 0):
                producer.produce(topic, log.values[row], log.keys[row], number, timestamp=log.milliseconds[row])
                producer.poll(0)
    if left := producer.flush(FLUSH_SECONDS):
        raise Unwell(f"kafka at {addresses[SERVERS]} didn't take {plural(left, 'message')} in {FLUSH_SECONDS:.0f} s")


def _check(addresses: Mapping[str, str], logs: Mapping[str, Log]) -> None:
    """Every message is there, none twice."""
    held = _held(addresses, logs)
    for topic, log in logs.items():
        there = sum(held.get((topic, number), 0) for number in range(PARTITIONS))
        if there != len(log.values):
            raise Unwell(f"kafka's {topic} has {plural(there, 'message')}: expected {len(log.values):,}")
