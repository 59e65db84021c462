"""Kafka's side: settings, a consumer that is nobody's group member, and errors that say which broker and why."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from ingestion.instants import to_ms
from ingestion.protocols.config import Ways, reason, resolve, secret, spelling, unavailable
from ingestion.protocols.retry import ANSWER_SECONDS, CONNECT_SECONDS
from ingestion.protocols.tls import refuse_plaintext
from ingestion.settings import SettingError
from ingestion.spec import SourceError, SourceUnavailable

PROTOCOLS = ("SASL_SSL", "SSL", "SASL_PLAINTEXT", "PLAINTEXT")
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
BATCH_MESSAGES = 20_000
WAIT_SECONDS = 0.1
"""Time that a call waits for a batch to fill up: a window may hold fewer messages than offsets."""
REFUSALS = (KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError.SASL_AUTHENTICATION_FAILED)
HOPELESS = (*REFUSALS, KafkaError._ALL_BROKERS_DOWN)
"""Errors that waiting longer for a first answer doesn't better, the clearest first."""

READING: Mapping[str, Any] = {
    "group.id": "lakehouse",  # librdkafka wants one; it is never joined, and nothing is committed to it
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",  # never jump silently to where messages are left
    "enable.partition.eof": True,
    "isolation.level": "read_committed",
    "queued.min.messages": 1_000_000,  # memory is bounded by kilobytes, not by messages
    "queued.max.messages.kbytes": 32 * 1024,
    "fetch.wait.max.ms": 100,  # how long a broker may wait for news before it says that there are none
    "fetch.queue.backoff.ms": 10,  # a full queue is looked at again so soon; librdkafka's own second starves it
    "log_level": 0,  # errors come as exceptions
}


@dataclass(frozen=True)
class KafkaSettings:
    """Section `sources.kafka`. Without a word it is SASL_SSL; PLAINTEXT has to be said."""

    bootstrap_servers: str
    """host:port, several with commas"""
    security_protocol: str = "SASL_SSL"
    """SASL_SSL, SSL, SASL_PLAINTEXT or PLAINTEXT"""
    sasl_mechanism: str = "SCRAM-SHA-512"
    """SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN"""
    username: str = ""
    ca_file: str = ""
    """PEM file of the authority that signed the brokers' certificates; the system's authorities by default"""
    password: str = secret("")

    def __post_init__(self) -> None:
        if self.password and "SSL" not in self.security_protocol.removeprefix("SASL_"):
            place = spelling("kafka", "security_protocol", "config")
            refuse_plaintext(place, self.security_protocol, "SASL_SSL or SSL")
        for name, known in (("security_protocol", PROTOCOLS), ("sasl_mechanism", MECHANISMS)):
            if (value := getattr(self, name)) not in known:
                raise SettingError(f"{spelling('kafka', name, 'config')} is {value!r}: expected {', '.join(known)}")
        missing = [name for name in ("username", "password") if not getattr(self, name)]
        if self.is_sasl and missing:
            raise SettingError(
                f"kafka can't be read: {spelling('kafka', missing[0])} is not set, and security_protocol is "
                f"{self.security_protocol}"
            )

    @classmethod
    def ways(cls, values: Mapping[str, Any]) -> Ways:
        """Return what SASL needs."""
        return (("username", "password"),) if str(values["security_protocol"]).startswith("SASL") else ()

    @property
    def is_sasl(self) -> bool:
        """True if user and password are asked for."""
        return self.security_protocol.startswith("SASL")

    def client(self) -> dict[str, Any]:
        """As librdkafka wants it."""
        config = {"bootstrap.servers": self.bootstrap_servers, "security.protocol": self.security_protocol}
        if self.is_sasl:
            config |= {"sasl.mechanism": self.sasl_mechanism}
            config |= {"sasl.username": self.username, "sasl.password": self.password}
        if self.ca_file:
            config["ssl.ca.location"] = self.ca_file
        return {"client.id": "lakehouse", **config}


class Topics:
    """The topics of one cluster. Everything raises SourceUnavailable."""

    def __init__(self, consumer: Consumer, settings: KafkaSettings) -> None:
        self._consumer = consumer
        self._settings = settings

    def bounds(self, topic: str) -> dict[int, tuple[int, int]]:
        """Partition -> the oldest offset it has, and the end of what is committed (its last stable offset).

        Raises SourceError for a topic that isn't there or may not be read.
        """
        with self._told():
            described = self._consumer.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
            if described.error is not None:
                raise SourceError(f"kafka at {self._settings.bootstrap_servers}: {topic}: {described.error.str()}")
            numbers = sorted(described.partitions)
            return {number: self._watermarks(TopicPartition(topic, number)) for number in numbers}

    def _watermarks(self, place: TopicPartition) -> tuple[int, int]:
        low, high = self._consumer.get_watermark_offsets(place, timeout=ANSWER_SECONDS)
        return low, high

    def since(self, topic: str, numbers: Iterable[int], moment: datetime) -> dict[int, int | None]:
        """Partition -> the first offset whose message is of this instant or later; None where all are older."""
        ms = max(0, to_ms(moment))
        asked = [TopicPartition(topic, number, ms) for number in numbers]
        with self._told():
            found = self._consumer.offsets_for_times(asked, timeout=ANSWER_SECONDS)
        return {one.partition: one.offset if one.offset >= 0 else None for one in found}

    def messages(self, topic: str, spans: Mapping[int, tuple[int, int]]) -> Iterator[list[Message]]:
        """Every message in the spans (partition -> [low, high)), in batches, each partition's in order.

        A partition has ended when its position says so, never by counting: transactions' markers and compaction leave
        offsets without a message. Raises SourceError where offsets are gone.
        """
        at = {number: low for number, (low, _) in spans.items()}
        ends = {number: high for number, (_, high) in spans.items()}
        self._consumer.assign([TopicPartition(topic, number, low) for number, low in at.items()])
        heard = time.monotonic()
        try:
            while left := {number: ends[number] - at[number] for number in at if at[number] < ends[number]}:
                got = self._consumer.consume(min(BATCH_MESSAGES, sum(left.values())), timeout=WAIT_SECONDS)
                batch = self._taken(got, at, ends)
                if sum(left.values()) > sum(ends[number] - at[number] for number in left):
                    heard = time.monotonic()
                elif time.monotonic() - heard > ANSWER_SECONDS:
                    places = ", ".join(f"{topic}/{number} at {at[number]} of {ends[number]}" for number in left)
                    raise self._unavailable(f"no message for {ANSWER_SECONDS} s: {places}")
                self._consumer.pause([TopicPartition(topic, number) for number in left if at[number] >= ends[number]])
                if batch:
                    yield batch
        finally:
            self._consumer.resume([TopicPartition(topic, number) for number in at])  # or the next reading stands still
            self._consumer.unassign()

    def _taken(self, got: list[Message], at: dict[int, int], ends: Mapping[int, int]) -> list[Message]:
        """The messages before their partitions' ends; `at` is where each partition's reading stands then."""
        batch = []
        for one in got:
            if (error := one.error()) is None:
                batch.append(one)
            else:
                self._heed(one, error, at)
        last = {one.partition(): one.offset() for one in batch}
        at.update({cast(int, number): cast(int, offset) + 1 for number, offset in last.items()})
        if all(at[number] <= ends[number] for number in at):
            return batch
        return [one for one in batch if cast(int, one.offset()) < ends[cast(int, one.partition())]]

    def _heed(self, news: Message, error: KafkaError, at: dict[int, int]) -> None:
        """An event that is no message: a partition has no more for now, has lost what was wanted, or can't be read."""
        number = cast(int, news.partition())
        if error.code() == KafkaError._PARTITION_EOF:
            at[number] = max(at[number], cast(int, news.offset()))
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:
            raise SourceError(
                f"kafka: {news.topic()}/{number}: offset {at[number]} can't be read any more ({error.str()}); run "
                "again, it then says what is missing"
            )
        elif not error.retriable():
            raise self._unavailable(error.str())

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except KafkaException as error:
            raise self._unavailable(error.args[0].str()) from None

    def _unavailable(self, said: str) -> SourceUnavailable:
        return unavailable("kafka", self._settings.bootstrap_servers, RuntimeError(said), self._settings)


@contextmanager
def topics() -> Iterator[Topics]:
    """The cluster of the settings, once a broker has answered; raises SourceUnavailable, SettingError."""
    settings = resolve(KafkaSettings, "kafka")
    errors: list[KafkaError] = []
    try:
        consumer = Consumer({**settings.client(), **READING, "error_cb": errors.append})
    except KafkaException as error:
        raise SettingError(f"kafka: librdkafka refuses the settings: {reason(error, settings)}") from None
    with closing(consumer):
        _connect(consumer, settings, errors)
        yield Topics(consumer, settings)


def _connect(consumer: Consumer, settings: KafkaSettings, errors: list[KafkaError]) -> None:
    """Wait for a broker's first answer; give up as soon as none can be reached, or one refuses us."""
    until = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            consumer.list_topics(timeout=0.5)
        except KafkaException as error:
            consumer.poll(0)  # tells the errors that librdkafka met
            met = {one.code(): one for one in errors}
            worst = next((met[code] for code in HOPELESS if code in met), None)
            if worst is not None or time.monotonic() > until:
                said = RuntimeError((worst or error.args[0]).str())
                raise unavailable("kafka", settings.bootstrap_servers, said, settings) from None
        else:
            return
