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

import pyarrow as pa

from ingestion.clock import Clock
from ingestion.protocols.kafka.client import KafkaSettings, Topics, topics
from ingestion.protocols.kafka.messages import Rows, parse_again
from ingestion.source import Source, Stream
from ingestion.spec import Rejected, Slice, Table

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


class KafkaReader:
    """Reads new messages of a topic."""

    def __init__(self, cluster: Topics) -> None:
        self._cluster = cluster

    def slices(self, table: Table, clock: Clock) -> Sequence[Slice]:
        """Every partition there is; `low` is the oldest offset that it still has."""
        bounds = self._cluster.bounds(_topic(table))
        return [Slice(f"{_topic(table)}/{number}", low, high) for number, (low, high) in bounds.items()]

    def starts(self, table: Table, parts: Sequence[Slice], moment: datetime) -> dict[str, int]:
        """Return where each partition's messages of this instant and later begin; its end where all are older."""
        found = self._cluster.since(_topic(table), map(_number, parts), moment)
        return {part.partition_id: part.high if (at := found[_number(part)]) is None else at for part in parts}

    def count(self, table: Table, part: Slice) -> int | None:
        """Only reading would tell: offsets may have no message."""
        return None

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        """The partitions' messages, side by side; each partition's in order."""
        spans, rows = {_number(part): (part.low or 0, part.high) for part in parts}, Rows(table)
        for messages in self._cluster.messages(_topic(table), spans):
            yield from rows.of(messages)


def _topic(table: Table) -> str:
    return table.path or table.name


def _number(part: Slice) -> int:
    return int(part.partition_id.rpartition("/")[2])


@contextmanager
def connect() -> Iterator[Stream]:
    """The cluster of the settings; raises SourceUnavailable where no broker answers or one refuses us."""
    with topics() as cluster:
        yield KafkaReader(cluster)


SOURCE = Source("kafka", TABLES, connect, KafkaSettings, parse_again)
