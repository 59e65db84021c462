"""The Kafka source against the broker inside librdkafka: values, bad messages, ends, errors."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from confluent_kafka import Producer

from ingestion.clock import Clock
from ingestion.protocols.kafka import client
from ingestion.settings import SettingError, Settings
from ingestion.sources.kafka import SOURCE
from ingestion.spec import Rejected, Slice, SourceError, SourceUnavailable, Table
from tests.unit.bronze.memory import Lake

METRICS = SOURCE.table("system_metrics")
MS = 1_767_225_600_123


@dataclass
class Broker:
    """A mock cluster and its producer."""

    producer: Producer
    topics: int = 0

    def address(self) -> str:
        [broker] = self.producer.list_topics(timeout=10).brokers.values()
        return f"127.0.0.1:{broker.port}"

    def topic(self, *values: bytes | None, spec: Table = METRICS, partition: int = 0, key: Any = None) -> Table:
        """A table whose topic holds these values."""
        self.topics += 1
        name = f"topic-{self.topics}"
        self.send(name, *values, partition=partition, key=key)
        return Table("probe", key=spec.key, kind="offsets", path=name, columns=spec.columns)

    def send(self, name: str | None, *values: bytes | None, partition: int = 0, key: Any = None, ms: int = MS) -> None:
        for value in values:
            self.producer.produce(str(name), value, key, partition, timestamp=ms)
        assert self.producer.flush(10) == 0


@pytest.fixture(scope="module")
def mock() -> Broker:
    return Broker(Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0}))


@pytest.fixture
def broker(mock: Broker, monkeypatch: pytest.MonkeyPatch) -> Broker:
    monkeypatch.setenv("SOURCES__KAFKA__BOOTSTRAP_SERVERS", mock.address())
    monkeypatch.setenv("SOURCES__KAFKA__SECURITY_PROTOCOL", "PLAINTEXT")
    return mock


def read(table: Table) -> tuple[list[dict[str, Any]], list[Rejected]]:
    """Everything a topic holds."""
    with SOURCE.connect() as reader:
        parts = list(reader.read(table, reader.slices(table, Clock("kafka"))))
    rows = [row for part in parts if isinstance(part, pa.Table) for row in part.to_pylist()]
    return rows, [part for part in parts if isinstance(part, Rejected)]


def metric(value: str, **more: str) -> bytes:
    """A metric with this text as its value, and more members, as they are."""
    members = {"event_id": '"E1"', "value": value, **more}
    return ("{" + ", ".join(f'"{name}": {text}' for name, text in members.items()) + "}").encode()


def test_a_message_is_a_row_with_its_values_and_its_place(broker: Broker) -> None:
    table = broker.topic(metric("0.1", timestamp='"2026-01-01T01:00:00.000001+01:00"'), partition=2, key="K é")
    [row], [] = read(table)
    assert row == {
        "event_id": "E1",
        "service": None,
        "metric": None,
        "unit": None,
        "value": Decimal("0.100000000000000000"),
        "timestamp": datetime(2026, 1, 1, 0, 0, 0, 1, UTC),
        "_topic": table.path,
        "_partition": 2,
        "_offset": 0,
        "_timestamp": datetime(2026, 1, 1, 0, 0, 0, 123_000, UTC),
        "_key": "K é",
        "_tombstone": False,
        "_version": 0,
        "_row_id": f"{table.path}/2/0",
    }


def test_a_null_value_is_a_tombstone_and_an_empty_object_is_none(broker: Broker) -> None:
    rows, bad = read(broker.topic(None, b"{}", key="K"))
    assert [(row["_tombstone"], row["event_id"], row["_key"]) for row in rows] == [
        (True, None, "K"),
        (False, None, "K"),
    ]
    assert bad == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"),
        ("0.000000000000000001", "0.000000000000000001"),
        ("-7", "-7"),
        ("1e3", "1000"),
        ('"2.50"', "2.5"),
        ("null", None),
    ],
)
def test_numbers_never_go_through_a_float(broker: Broker, text: str, value: str | None) -> None:
    [row], [] = read(broker.topic(metric(text)))
    assert row["value"] == (value and Decimal(value))


def test_nested_values_and_unknown_members_are_text_with_their_digits(broker: Broker) -> None:
    nested = '{"a": [1.10, 12345678901234567890123456789012345678901234567890, null, true], "b": "😀 \\"x\\" \\n"}'
    [row], [] = read(broker.topic(metric("1", service=nested, more="1.10", flag="true", word='"é"')))
    assert row["service"] == nested
    assert (row["more"], row["flag"], row["word"]) == ("1.10", "true", "é")


BAD = {
    "nothing": (b"", "bad_json"),
    "blank": (b" \n", "bad_json"),
    "words": (b"not json", "bad_json"),
    "torn": (b'{"event_id": "E1", "value":', "bad_json"),
    "single quotes": (b"{'value': 1}", "bad_json"),
    "trailing comma": (b'{"value": 1,}', "bad_json"),
    "a comment": (b'{"value": 1} // one', "bad_json"),
    "two objects": (b'{"value": 1}{"value": 2}', "bad_json"),
    "two lines": (b'{"value": 1}\n{"value": 2}', "bad_json"),
    "NaN": (metric("NaN"), "bad_json"),
    "Infinity": (metric("-Infinity"), "bad_json"),
    "a leading zero": (metric("01"), "bad_json"),
    "an exponent beyond all": (metric("1e99999999999999999999"), "bad_json"),
    "a number of 5000 digits": (metric("9" * 5000), "bad_json"),
    "a control character": (b'{"event_id": "a\nb"}', "bad_json"),
    "half a surrogate pair": (b'{"event_id": "\\ud83d"}', "bad_json"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "bad_json"),
    "depth without end": (b'{"a":' + b"[" * 100_000, "bad_json"),
    "null in letters": (b"null", "bad_json"),
    "an array": (b'[{"value": 1}]', "bad_json"),
    "a number": (b"42", "bad_json"),
    "a text": (b'"text"', "bad_json"),
    "Avro": (b"\x00\x00\x00\x00\x01\x02\x06abc", "bad_json"),
    "Latin-1": (b'{"event_id": "M\xfcller"}', "bad_encoding"),
    "UTF-16": (json.dumps({"value": 1}).encode("utf-16"), "bad_json"),
    "a column of ours": (metric("1", _offset="5"), "reserved_name"),
    "a column of ours in other letters": (b'{" Row Id": 1}', "reserved_name"),
    "a member twice": (b'{"event_id": "E1", "event_id" : "E2"}', "duplicate_member"),
    "a nested member twice": (b'{"attributes": {"a": 1, "a": 1}}', "duplicate_member"),
    "two spellings of one column": (b'{"userId": 1, "user_id": 1}', "colliding_names"),
    "a declared column in two spellings": (metric("1", eventId='"E1"'), "colliding_names"),
    "a word for a number": (metric('"twelve"'), "wrong_type"),
    "a truth for a number": (metric("true"), "wrong_type"),
    "an array for a number": (metric("[1]"), "wrong_type"),
    "too many digits": (metric("0.1234567890123456789"), "wrong_type"),
    "too large": (metric("123456789012345678901"), "wrong_type"),
    "no instant": (metric("1", timestamp='"32.13.2026"'), "wrong_type"),
    "a number for an instant": (metric("1", timestamp="1767225600"), "wrong_type"),
}


@pytest.mark.parametrize(("payload", "rule"), BAD.values(), ids=BAD)
def test_a_bad_message_is_set_aside_with_its_rule_and_place_and_its_neighbours_land(
    broker: Broker, payload: bytes, rule: str
) -> None:
    table = broker.topic(metric("1"), payload, metric("3"), partition=1)
    rows, [bad] = read(table)
    assert [row["_offset"] for row in rows] == [0, 2]
    assert (bad.payload, bad.rule, bad.position) == (payload, rule, f"{table.path}/1/1")


def test_spellings_of_one_column_are_one_column_whichever_message_has_which(broker: Broker) -> None:
    table = broker.topic(
        *(b'{"%s": "%d", "eventId": "E"}' % (name, n) for n, name in enumerate([b"aB", b"a_b", b"AB"]))
    )
    rows, [] = read(table)
    # messages that come in one batch have the first spelling of it, so a column's name may be either
    assert [(row.get("aB") or row.get("a_b"), row.get("AB")) for row in rows] == [("0", None), ("1", None), (None, "2")]
    assert [row.get("event_id") or row["eventId"] for row in rows] == ["E"] * 3


def test_two_spellings_in_one_message_do_not_stop_the_load(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    lake = Lake(Settings.load())
    with SOURCE.connect() as reader:
        result = lake.load(reader, broker.topic(metric("1"), metric("2", userId="1", user_id="1"), metric("3")))
    assert (result.landed, result.quarantined) == (2, 1)


def test_a_key_that_is_no_text_sets_its_message_aside(broker: Broker) -> None:
    [], [bad] = read(broker.topic(metric("1"), key=b"\xff\x00"))
    assert bad.rule == "bad_encoding"
    assert "key b'\\xff\\x00'" in bad.message


def test_a_time_beyond_the_calendar_sets_its_message_aside(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    table = broker.topic(metric("1"))
    broker.send(table.path, metric("2"), ms=2**60)
    lake = Lake(Settings.load())
    with SOURCE.connect() as reader:
        assert lake.load(reader, table).landed == 1
    [bad] = lake.rows("memory__probe__quarantine")
    assert bad["rule"] == "wrong_type"
    assert bad["message"].startswith("_timestamp is not a timestamp")


def test_a_window_stops_at_its_end_and_starts_at_its_low(broker: Broker) -> None:
    table = broker.topic(*[metric(str(number)) for number in range(10)])
    with SOURCE.connect() as reader:
        [part, *others] = reader.slices(table, Clock("kafka"))
        broker.send(table.path, metric("99"))
        batches = list(reader.read(table, [Slice(part.partition_id, 4, part.high)]))
        assert [row["_offset"] for batch in batches if isinstance(batch, pa.Table) for row in batch.to_pylist()] == [
            *range(4, 10)
        ]
        assert [(one.low, one.high) for one in others] == [(0, 0)] * 3


def test_a_connection_reads_a_topic_again_and_again(broker: Broker) -> None:
    table = broker.topic(metric("1"))
    with SOURCE.connect() as reader:
        for expected in (1, 2, 3):
            batches = reader.read(table, reader.slices(table, Clock("kafka")))
            assert sum(batch.num_rows for batch in batches if isinstance(batch, pa.Table)) == expected
            broker.send(table.path, metric("2"))


def test_a_reading_that_is_given_up_leaves_a_usable_connection(broker: Broker) -> None:
    table = broker.topic(*[metric("1")] * 10)
    with SOURCE.connect() as reader:
        batches = reader.read(table, reader.slices(table, Clock("kafka")))
        next(batches)
        del batches
        assert sum(batch.num_rows for batch in reader.read(table, reader.slices(table, Clock("kafka")))) == 10  # type: ignore[union-attr]


def test_every_partition_is_read_in_order(broker: Broker) -> None:
    table = broker.topic(*[metric("1")] * 2500)
    for partition in (1, 2, 3):
        broker.send(table.path, *[metric("1")] * 2500, partition=partition)
    rows, _ = read(table)
    for partition in range(4):
        offsets = [row["_offset"] for row in rows if row["_partition"] == partition]
        assert offsets == list(range(2500))


def test_offsets_that_are_gone_while_they_are_read_are_an_error(broker: Broker) -> None:
    table = broker.topic(metric("1"))
    with (
        SOURCE.connect() as reader,
        pytest.raises(SourceError, match=r"/0: offset 100 can't be read any more .*run again"),
    ):
        list(reader.read(table, [Slice(f"{table.path}/0", 100, 200)]))


def test_a_partition_that_falls_silent_before_its_end_is_an_error(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.3)
    table = broker.topic(metric("1"))
    with SOURCE.connect() as reader, pytest.raises(SourceUnavailable, match=r"no message for 0\.3 s: .*/0 at 1 of 5"):
        list(reader.read(table, [Slice(f"{table.path}/0", 0, 5)]))


def test_a_topic_that_is_not_there_is_named(broker: Broker) -> None:
    table = Table("nothing", key=METRICS.key, kind="offsets")
    with SOURCE.connect() as reader, pytest.raises(SourceError, match=r"nothing: .*[Uu]nknown topic"):
        reader.slices(table, Clock("kafka"))


def test_nobody_listening_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("SOURCES__KAFKA__SECURITY_PROTOCOL", "PLAINTEXT")
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"kafka at 127\.0\.0\.1:1 is not available: "), SOURCE.connect():
        pass
    assert time.monotonic() - began < client.CONNECT_SECONDS


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECURITY_PROTOCOL", "TLS", "'TLS': expected SASL_SSL, SSL, SASL_PLAINTEXT, PLAINTEXT"),
        ("SASL_MECHANISM", "GSSAPI", "'GSSAPI': expected SCRAM-SHA-512"),
        ("USERNAME", "", "SOURCES__KAFKA__USERNAME .* is not set, and security_protocol is SASL_SSL"),
        ("PASSWORD", "", "SOURCES__KAFKA__PASSWORD .* is not set"),
        ("CA_FILE", "/nowhere/ca.pem", "librdkafka refuses the settings: .*ssl.ca.location"),
    ],
)
def test_wrong_settings_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    values = {"BOOTSTRAP_SERVERS": "127.0.0.1:1", "USERNAME": "me", "PASSWORD": "hunter2", name: value}
    for setting, text in values.items():
        monkeypatch.setenv(f"SOURCES__KAFKA__{setting}", text)
    with pytest.raises(SettingError, match=said) as wrong, SOURCE.connect():
        pass
    assert "hunter2" not in str(wrong.value)
