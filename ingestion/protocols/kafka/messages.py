"""Messages to rows: JSON values in columns beside the place of each message, and bad messages named, to be tried again.

Messages that are plain (`ingestion/protocols/files/fast_parse.py`: as lines of one text they can mean one thing only)
are parsed at once by Arrow, all others one by one; the rows are the same.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
from confluent_kafka import Message

from ingestion.columns import OURS, POSITION
from ingestion.protocols.files.fast_parse import JsonParser, times
from ingestion.protocols.kafka.positions import PLACE, context, kept_place, placed, position
from ingestion.spec import Parsed, Rejected, Table
from ingestion.values.cast import cast
from ingestion.values.json_values import DuplicateMember, from_json, text_table
from ingestion.values.naming import merge_aliases, name_clash, rename_members, snake
from ingestion.values.types import arrow_type

FEW = 1_000
"""Messages that are parsed one by one where one of them is not plain."""

_JSON = msgspec.json.Decoder(float_hook=Decimal)
_NAME = re.compile(rb'"\s*:')


class Fault(NamedTuple):
    """The reason why a message is no row."""

    rule: str
    what: str


class Rows:
    """The rows of one reading of a topic."""

    def __init__(self, table: Table) -> None:
        self._table, self._columns = table, table.columns
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
        if times(lines, b"\n") != len(values) - 1:
            return None
        rows = self._parse(lines)
        if rows is None or rows.num_rows != len(values) or _names_fault(tuple(rows.column_names)):
            return None
        try:
            return placed(rows, messages)
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
        yield from self._typed(placed(merge_aliases(text_table(values, names)), good), good)

    def _typed(self, rows: pa.Table, messages: Sequence[Message]) -> Iterator[pa.Table | Rejected]:
        held, rejected = cast(
            rows,
            self._types,
            lambda row: position(messages[row]),
            lambda row: messages[row].value() or b"",
            context=lambda row: context(messages[row]),
            spec=self._table,
        )
        yield from rejected
        yield held


def _members(value: bytes | None, key: bytes | None) -> dict[str, Any] | Fault:
    """The members of a message's JSON object; none for a tombstone."""
    try:
        members = {} if value is None else _JSON.decode(value)
        _ = key and key.decode()
        if value and isinstance(members, dict) and len(_NAME.findall(value)) > len(members):
            from_json(value)  # nested objects, or a member that is there twice, of which msgspec keeps the last
    except DuplicateMember as error:
        return Fault("duplicate_member", str(error))
    except UnicodeDecodeError as error:
        return Fault("bad_encoding", f"value or key is not UTF-8: {error.reason}")
    except (ValueError, ArithmeticError, RecursionError) as error:
        return Fault("bad_json", f"not JSON: {error}")
    if not isinstance(members, dict):
        return Fault("bad_json", "JSON, but not an object")
    return _names_fault(tuple(members)) or members


@lru_cache(maxsize=10_000)
def _names_fault(names: tuple[str, ...]) -> Fault | None:
    """True if members are called as our own columns are, or as one another."""
    own = {*PLACE, *OURS, *POSITION}
    if taken := [name for name in names if name.startswith("_") or snake(name) in own]:
        return Fault("reserved_name", f"members that begin as our own columns do: {', '.join(taken):.200}")
    if same := name_clash(names):
        return Fault("colliding_names", f"{same:.500}")
    return None


def _rejected(message: Message, fault: Fault) -> Rejected:
    """The payload is the value; key and time, which a row would have, are in the message and in the context."""
    told = f"{fault.what} (key {message.key()!r:.200}, timestamp {message.timestamp()[1]} ms)"
    return Rejected(message.value() or b"", fault.rule, told, position(message), context(message))


def parse_again(table: Table, rejected: Rejected) -> Parsed | Rejected:
    """A kept message by the parser of today, at its old place; as it is where it was kept without one."""
    if not rejected.context:
        return rejected
    is_tombstone, key, place = kept_place(rejected.context)
    members = _members(None if is_tombstone else rejected.payload, key)
    if isinstance(members, Fault):
        return replace(rejected, rule=members.rule, message=members.what)
    return Parsed({**rename_members(members, table.columns), **place}, PLACE)
