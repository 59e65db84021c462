"""Messages to rows: JSON values in columns beside the place of each message, and bad messages named, to be tried again.

Messages that are plain (`ingestion/plain.py`: as lines of one text they can mean one thing only) are parsed at once by
Arrow, all others one by one; the rows are the same.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from ingestion.casting import arrow_type, text_table
from ingestion.exact import cast
from ingestion.plain import JsonParser
from ingestion.spec import Parsed, Rejected, Table
from ingestion.spelling import OURS, POSITION, collision, respelled, snake, united

PLACE = {
    **{"_topic": "string", "_partition": "bigint", "_offset": "bigint", "_timestamp": "timestamp", "_key": "string"},
    **{"_tombstone": "boolean", "_version": "bigint", "_row_id": "string"},
}
"""What every row has besides its values."""
FEW = 1_000
"""Messages that are parsed one by one where one of them is not plain."""

_INSTANT = pa.timestamp("ms", "UTC")
_JSON = msgspec.json.Decoder(float_hook=Decimal)


class Fault(NamedTuple):
    """Why a message is no row."""

    rule: str
    what: str


class Rows:
    """The rows of one reading of a topic."""

    def __init__(self, table: Table) -> None:
        self._columns = table.columns
        self._types = {name: arrow_type(spark) for name, spark in table.columns.items()}
        self._parse = JsonParser(table.columns)

    def of(self, messages: Sequence[Message]) -> Iterator[pa.Table | Rejected]:
        """The rows of some messages, and those messages that can't be one."""
        if (rows := self._plain(messages)) is not None:
            yield from self._typed(rows, messages)
        elif len(messages) <= FEW:
            yield from self._one_by_one(messages)
        else:
            for start in range(0, len(messages), FEW):
                yield from self.of(messages[start : start + FEW])

    def _plain(self, messages: Sequence[Message]) -> pa.Table | None:
        """The values as text, numbers in their types; None where they aren't plain."""
        values = [b"{}" if (value := one.value()) is None else value for one in messages]
        lines = b"\n".join(values)
        if lines.count(b"\n") != len(values) - 1:
            return None
        rows = self._parse(lines)
        if rows is None or rows.num_rows != len(values) or _names_fault(tuple(rows.column_names)):
            return None
        try:
            return _placed(rows, messages)
        except pa.ArrowInvalid:  # a key that is no text
            return None

    def _one_by_one(self, messages: Sequence[Message]) -> Iterator[pa.Table | Rejected]:
        good: list[Message] = []
        values: list[dict[str, Any]] = []
        for message in messages:
            members = _members(message.value(), message.key())
            if isinstance(members, Fault):
                yield _rejected(message, members)
            else:
                good.append(message)
                values.append(members)
        names = dict.fromkeys(self._columns)
        for own in dict.fromkeys(map(tuple, values)):
            names.update(dict.fromkeys(own))
        yield from self._typed(_placed(united(text_table(values, names)), good), good)

    def _typed(self, rows: pa.Table, messages: Sequence[Message]) -> Iterator[pa.Table | Rejected]:
        held, rejected = cast(
            rows,
            self._types,
            lambda row: _position(messages[row]),
            lambda row: messages[row].value() or b"",
            context=lambda row: _context(messages[row]),
        )
        yield from rejected
        yield held


def _members(value: bytes | None, key: bytes | None) -> dict[str, Any] | Fault:
    """The members of a message's JSON object; none for a tombstone."""
    try:
        members = {} if value is None else _JSON.decode(value)
        _ = key and key.decode()
    except UnicodeDecodeError as error:
        return Fault("bad_encoding", f"value or key is not UTF-8: {error.reason}")
    except (ValueError, ArithmeticError, RecursionError) as error:
        return Fault("bad_json", f"not JSON: {error}")
    if not isinstance(members, dict):
        return Fault("bad_json", "JSON, but not an object")
    return _names_fault(tuple(members)) or members


@lru_cache(maxsize=10_000)
def _names_fault(names: tuple[str, ...]) -> Fault | None:
    """Whether members are called as our own columns are, or as one another."""
    own = {*PLACE, *OURS, *POSITION}
    if taken := [name for name in names if name.startswith("_") or snake(name) in own]:
        return Fault("reserved_name", f"members that begin as our own columns do: {', '.join(taken):.200}")
    if same := collision(names):
        return Fault("colliding_names", f"{same:.500}")
    return None


def _rejected(message: Message, fault: Fault) -> Rejected:
    """The payload is the value; key and time, which a row would have, are in the message and in the context."""
    told = f"{fault.what} (key {message.key()!r:.200}, timestamp {message.timestamp()[1]} ms)"
    return Rejected(message.value() or b"", fault.rule, told, _position(message), _context(message))


def _position(message: Message) -> str:
    return f"{message.topic()}/{message.partition()}/{message.offset()}"


def _known_ms(message: Message) -> int | None:
    """Its time, milliseconds since 1970, where the broker told one."""
    of, ms = message.timestamp()
    return None if of == TIMESTAMP_NOT_AVAILABLE else ms


def _placed(rows: pa.Table, messages: Sequence[Message]) -> pa.Table:
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


def _context(message: Message) -> str:
    """What `parse_again` needs of a message besides its value."""
    key = message.key()
    place = {"topic": message.topic(), "partition": message.partition(), "offset": message.offset()}
    more = {"timestamp": _known_ms(message), "key": key if key is None else base64.b64encode(key).decode()}
    return json.dumps({**place, **more, "tombstone": message.value() is None})


def parse_again(table: Table, rejected: Rejected) -> Parsed | Rejected:
    """A kept message by the parser of today, at its old place; as it is where it was kept without one."""
    if not rejected.context:
        return rejected
    kept: Mapping[str, Any] = json.loads(rejected.context)
    key = None if kept["key"] is None else base64.b64decode(kept["key"])
    members = _members(None if kept["tombstone"] else rejected.payload, key)
    if isinstance(members, Fault):
        return replace(rejected, rule=members.rule, message=members.what)
    place = (kept["topic"], kept["partition"], kept["offset"])
    own = {
        **dict(zip(("_topic", "_partition", "_offset"), place, strict=True)),
        "_timestamp": pa.scalar(kept["timestamp"], _INSTANT).cast(pa.string()).as_py(),
        "_key": key if key is None else key.decode(),
        "_tombstone": kept["tombstone"],
        "_version": kept["offset"],
        "_row_id": "/".join(map(str, place)),
    }
    return Parsed({**respelled(members, table.columns), **own}, PLACE)
