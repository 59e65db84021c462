"""A message's place, in columns of its row and beside a kept one: topic, partition, offset, time and key."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

PLACE = {
    **{"_topic": "string", "_partition": "bigint", "_offset": "bigint", "_timestamp": "timestamp", "_key": "string"},
    **{"_tombstone": "boolean", "_version": "bigint", "_row_id": "string"},
}
"""Columns that every row has in addition to its values."""

_INSTANT = pa.timestamp("ms", "UTC")


def position(message: Message) -> str:
    """`topic/partition/offset`."""
    return f"{message.topic()}/{message.partition()}/{message.offset()}"


def _known_ms(message: Message) -> int | None:
    """Its time, milliseconds since 1970, where the broker told one."""
    of, ms = message.timestamp()
    return None if of == TIMESTAMP_NOT_AVAILABLE else ms


def placed(rows: pa.Table, messages: Sequence[Message]) -> pa.Table:
    """With the place of each message, which is its row id too. Raises ArrowInvalid for a key that is no text."""
    offsets = pa.array([message.offset() for message in messages], pa.int64())
    places = {
        "_topic": pa.repeat(pa.scalar(messages[0].topic() if messages else None, pa.string()), len(messages)),
        "_partition": pa.array([message.partition() for message in messages], pa.int64()),
        "_offset": offsets,
        "_timestamp": pa.array(map(_known_ms, messages), _INSTANT),
        "_key": pa.array([message.key() for message in messages], pa.binary()).cast(pa.string()),
        "_tombstone": pa.array([message.value() is None for message in messages], pa.bool_()),
        "_version": offsets,
    }
    for name, column in places.items():
        rows = rows.append_column(name, column)
    texts = [places[name].cast(pa.string()) for name in ("_topic", "_partition", "_offset")]
    return rows.append_column("_row_id", pc.binary_join_element_wise(*texts, "/"))


def context(message: Message) -> str:
    """Return what a quarantined message needs in addition to its value, to be parsed again."""
    key = message.key()
    place = {"topic": message.topic(), "partition": message.partition(), "offset": message.offset()}
    more = {"timestamp": _known_ms(message), "key": key if key is None else base64.b64encode(key).decode()}
    return json.dumps({**place, **more, "tombstone": message.value() is None})


def kept_place(context: str) -> tuple[bool, bytes | None, dict[str, Any]]:
    """Of a kept message: whether it is a tombstone, its key, and the columns of its place, to be read as text."""
    kept = json.loads(context)
    key = None if kept["key"] is None else base64.b64decode(kept["key"])
    place = (kept["topic"], kept["partition"], kept["offset"])
    return (
        kept["tombstone"],
        key,
        {
            **dict(zip(("_topic", "_partition", "_offset"), place, strict=True)),
            "_timestamp": pa.scalar(kept["timestamp"], _INSTANT).cast(pa.string()).as_py(),
            "_key": None if key is None else key.decode(errors="surrogateescape"),
            "_tombstone": kept["tombstone"],
            "_version": kept["offset"],
            "_row_id": "/".join(map(str, place)),
        },
    )
