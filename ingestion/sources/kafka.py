"""Kafka ──fetch, read committed──▶ messages ──JSON──▶ typed batches and bad messages.

Keys: topic, partition and offset; a message never changes. The offset orders the versions of a message's key, which
always goes to the same partition. A window ends at the partition's last stable offset, so a transaction is read when it
has ended, and an aborted one never. Offsets committed to a consumer group count for nothing: bronze's log has its own.
Deletes: a tombstone (null value) is kept as a row with `_tombstone` and no values. Headers are not kept.
Types: as declared, else text; nested values are JSON text, numbers keep their digits.
A topic that was made anew starts its offsets again, so it is a new table: `Table("orders_2", …, path="orders")`.
Alone: `lakehouse ingest kafka --table user_events`, or `--follow`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from ingestion.casting import arrow_type, text_table
from ingestion.exact import cast
from ingestion.kafka_api import KafkaSettings, Topics, topics
from ingestion.spec import Rejected, Slice, Source, Stream, Table

POSITION = ("_topic", "_partition", "_offset")


def _of_topic(name: str, *texts: str, **others: str) -> Table:
    columns = {**dict.fromkeys(texts, "string"), **others, "timestamp": "timestamp"}
    return Table(name, key=POSITION, kind="offsets", deletes="tombstone", columns=columns)


TABLES = (
    _of_topic("user_events", "event_id", "user_id", "event_type", "page_url", "product_id"),
    _of_topic("order_events", "event_id", "order_id", "event_type", "attributes"),
    _of_topic("inventory_updates", "event_id", "product_id", "warehouse_id", "reason", quantity_delta="bigint"),
    _of_topic("system_metrics", "event_id", "service", "metric", "unit", value="decimal(38,18)"),
)
_JSON = msgspec.json.Decoder(float_hook=Decimal)


class KafkaReader:
    """Reads new messages of a topic."""

    def __init__(self, cluster: Topics) -> None:
        self._cluster = cluster

    def slices(self, table: Table, now_us: int) -> Sequence[Slice]:
        """Every partition there is; `low` is the oldest offset that it still has."""
        bounds = self._cluster.bounds(_topic(table))
        return [Slice(f"{_topic(table)}/{number}", low, high) for number, (low, high) in bounds.items()]

    def starts(self, table: Table, parts: Sequence[Slice], moment: datetime) -> dict[str, int]:
        """Where each partition's messages of this instant and later begin; its end where all are older."""
        found = self._cluster.since(_topic(table), map(_number, parts), moment)
        return {part.unit: part.high if (at := found[_number(part)]) is None else at for part in parts}

    def count(self, table: Table, part: Slice) -> int | None:
        """Only reading would tell: offsets may have no message."""
        return None

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        """The partitions' messages, side by side; each partition's in order."""
        spans = {_number(part): (part.low or 0, part.high) for part in parts}
        for messages in self._cluster.messages(_topic(table), spans):
            yield from _typed(messages, table)


def _topic(table: Table) -> str:
    return table.path or table.name


def _number(part: Slice) -> int:
    return int(part.unit.rpartition("/")[2])


def _typed(messages: Sequence[Message], table: Table) -> Iterator[pa.Table | Rejected]:
    """The rows of some messages, and those messages that can't be one."""
    good: list[Message] = []
    values: list[dict[str, Any]] = []
    for message in messages:
        parsed = _parsed(message)
        if isinstance(parsed, Rejected):
            yield parsed
        else:
            good.append(message)
            values.append(parsed)
    names = dict.fromkeys(table.columns)
    for members in {tuple(members) for members in values}:
        names.update(dict.fromkeys(members))
    if any(name.startswith("_") for name in names):
        yield from _reserved(good, values)
        names = {name: None for name in names if not name.startswith("_")}
    rows, rejected = cast(
        _placed(text_table(values, names), good),
        {name: arrow_type(spark) for name, spark in table.columns.items()},
        lambda row: _position(good[row]),
        lambda row: good[row].value() or b"",
    )
    yield from rejected
    yield rows


def _parsed(message: Message) -> dict[str, Any] | Rejected:
    """The members of a message's JSON object; none for a tombstone."""
    raw, key = message.value(), message.key()
    try:
        parsed = {} if raw is None else _JSON.decode(raw)
        _ = key and key.decode()
    except UnicodeDecodeError as error:
        return _rejected(message, "bad_encoding", f"value or key is not UTF-8: {error.reason}")
    except (ValueError, ArithmeticError, RecursionError) as error:
        return _rejected(message, "bad_json", f"not JSON: {error}")
    if not isinstance(parsed, dict):
        return _rejected(message, "bad_json", "JSON, but not an object")
    return parsed


def _reserved(messages: list[Message], values: list[dict[str, Any]]) -> Iterator[Rejected]:
    """Take out the messages whose members are called as our own columns are."""
    kept = []
    for message, members in zip(messages, values, strict=True):
        if taken := [name for name in members if name.startswith("_")]:
            what = f"members that begin as our own columns do: {', '.join(taken):.200}"
            yield _rejected(message, "reserved_name", what)
        else:
            kept.append((message, members))
    messages[:], values[:] = [message for message, _ in kept], [members for _, members in kept]


def _rejected(message: Message, rule: str, what: str) -> Rejected:
    """The payload is the value; key and time, which a row would have, are in the message."""
    _, ms = message.timestamp()
    told = f"{what} (key {message.key()!r:.200}, timestamp {ms} ms)"
    return Rejected(message.value() or b"", rule, told, _position(message))


def _position(message: Message) -> str:
    return f"{message.topic()}/{message.partition()}/{message.offset()}"


def _placed(rows: pa.Table, messages: Sequence[Message]) -> pa.Table:
    """With the place of each message, which is its row id too."""
    stamps = [message.timestamp() for message in messages]
    known = [None if kind == TIMESTAMP_NOT_AVAILABLE else ms for kind, ms in stamps]
    offsets = pa.array([message.offset() for message in messages], pa.int64())
    places = {
        "_topic": pa.repeat(pa.scalar(messages[0].topic() if messages else None, pa.string()), len(messages)),
        "_partition": pa.array([message.partition() for message in messages], pa.int64()),
        "_offset": offsets,
        "_timestamp": pa.array(known, pa.timestamp("ms", "UTC")),
        "_key": pa.array([message.key() for message in messages], pa.binary()).cast(pa.string()),
        "_tombstone": pa.array([message.value() is None for message in messages], pa.bool_()),
        "_version": offsets,
    }
    for name, column in places.items():
        rows = rows.append_column(name, column)
    texts = [places[name].cast(pa.string()) for name in POSITION]
    return rows.append_column("_row_id", pc.binary_join_element_wise(*texts, "/"))


@contextmanager
def connect() -> Iterator[Stream]:
    """The cluster of the settings; raises SourceUnavailable where no broker answers or one refuses us."""
    with topics() as cluster:
        yield KafkaReader(cluster)


SOURCE = Source("kafka", TABLES, connect, KafkaSettings)
