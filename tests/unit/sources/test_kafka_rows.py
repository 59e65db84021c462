"""Messages that are plain are parsed at once, the others one by one: whichever it was, the rows are the same."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import pyarrow as pa
import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_NOT_AVAILABLE, Message
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.bronze.quarantine.recheck import Rechecker
from ingestion.protocols.kafka import messages as parsing
from ingestion.protocols.kafka import positions
from ingestion.protocols.kafka.messages import FEW, Rows, parse_again
from ingestion.source import Source
from ingestion.spec import Parsed, Rejected, Table
from ingestion.values.naming import snake
from ingestion.values.types import arrow_type, bronze_type
from tests.unit.sources.test_plain import TYPES, json_line

TYPED = Table("events", key=("_offset",), kind="offsets", columns=TYPES)
TEXTS = replace(TYPED, columns=dict.fromkeys(TYPES, "string"))


@dataclass(frozen=True)
class Sent:
    """As much of a message as rows are made of."""

    sent: bytes | None
    at: int = 0
    by: bytes | None = None
    ms: int | None = 1_767_225_600_123

    def value(self) -> bytes | None:
        return self.sent

    def key(self) -> bytes | None:
        return self.by

    def topic(self) -> str:
        return "events"

    def partition(self) -> int:
        return self.at % 3

    def offset(self) -> int:
        return self.at

    def timestamp(self) -> tuple[int, int]:
        return (TIMESTAMP_NOT_AVAILABLE, 0) if self.ms is None else (TIMESTAMP_CREATE_TIME, self.ms)


def found(messages: list[Sent], table: Table = TYPED) -> list[str]:
    """All that is made of messages, in their order."""
    parts = list(Rows(table).of(cast(list[Message], messages)))
    rows = [row for part in parts if isinstance(part, pa.Table) for row in part.to_pylist()]
    held = [repr({name: value for name, value in sorted(row.items()) if value is not None}) for row in rows]
    return sorted([*held, *(repr(part) for part in parts if isinstance(part, Rejected))])


def slowly(messages: list[Sent]) -> list[str]:
    """The same with nothing plain."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "JsonParser", lambda columns: lambda lines: None)
        return found(messages)


odd = st.sampled_from(
    [
        *(b'{"ratio":1e400}', b'{"ratio":1e99999999999999999999}', b'{"price":1e99999999999999999999}', b"{}\n"),
        *(b'{"n":%s}' % (b"9" * 5000), b'{"text":"a\tb"}', b'{"n":-0}', b'{"ratio":-0}', b'{"price":-0.00}', b"\n{}"),
        *(b'{"n":1}\n{"n":2}', b'{"n":\n1}', b'{"later":%s}' % (b"9" * 30), b'{"_row_id":"x"}', b'{" offset":1}'),
        *(b"\xef\xbb\xbf{}", b'{"n":1}\x00', b'{"text":"\x00"}', b'{"text":"\\u0000"}', b'{"a":1,"A":2}', b'{"n":1.0}'),
    ]
)
message = st.builds(
    Sent,
    st.one_of(st.none(), odd, json_line, st.just(b'{"n": 1, "text": "a"}')),
    by=st.sampled_from([None, b"", b"K", "é".encode(), b"\xff"]),
    ms=st.sampled_from([None, 0, 1_767_225_600_123]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(message, max_size=12), st.integers(1, 6))
def test_messages_are_the_same_at_once_and_one_by_one(messages: list[Sent], few: int) -> None:
    numbered = [replace(one, at=number) for number, one in enumerate(messages)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "FEW", few)
        assert found(numbered) == slowly(numbered)


def test_plain_messages_are_not_parsed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    parse = parsing._members
    monkeypatch.setattr(parsing, "_members", lambda value, key: asked.append(1) or parse(value, key))
    values = [None, *[b'{"n": 1, "price": 0.10, "text": "\xc3\xa9", "further": true}'] * 3 * FEW]
    assert len(found([Sent(value, number) for number, value in enumerate(values)])) == 3 * FEW + 1
    assert not asked
    values[FEW + 1] = b"{no json"
    assert len(found([Sent(value, number) for number, value in enumerate(values)])) == 3 * FEW + 1
    assert len(asked) == FEW


def judged(rejected: list[Rejected], table: Table) -> Iterator[dict[str, Any]]:
    """Rejected messages that are rows after all, as a replay lands them, without the columns that tell of it."""
    source = Source("kafka", (table,), lambda: pytest.fail("it asked the source"), parse=parse_again)
    judge = Rechecker(source, table, {}, {})
    for one in rejected:
        parsed = parse_again(table, one)
        if isinstance(parsed, Parsed):
            batch = judge._batch([parsed])
            rows, misfits = judge._contract.check(batch)
            assert not misfits, misfits.rules
            yield from rows.to_pylist()


@settings(max_examples=200, deadline=None)
@given(st.lists(message, max_size=12))
def test_what_another_spec_takes_is_the_row_it_would_have_been_at_once(messages: list[Sent]) -> None:
    numbered = [replace(one, at=number) for number, one in enumerate(messages)]
    rejected = [part for part in Rows(TYPED).of(cast(list[Message], numbered)) if isinstance(part, Rejected)]
    again = {row["_row_id"]: row for row in judged(rejected, TEXTS)}
    parts = list(Rows(TEXTS).of(cast(list[Message], numbered)))
    at_once = {row["_row_id"]: row for part in parts if isinstance(part, pa.Table) for row in part.to_pylist()}
    ids = {one.position for one in rejected}
    assert {name: shown(row) for name, row in again.items()} == {
        name: shown(row) for name, row in at_once.items() if name in ids
    }


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """By bronze's names, NULLs left out."""
    return {snake(name): value for name, value in row.items() if value is not None}


def test_what_was_kept_without_its_place_stays() -> None:
    old = Rejected(b"{}", "bad_json", "not JSON", "events/0/1")
    assert parse_again(TYPED, old) is old


def test_the_columns_of_a_place_are_those_that_a_row_has() -> None:
    [rows] = Rows(Table("events", key=(), kind="offsets")).of(cast(list[Message], [Sent(b"{}")]))
    assert isinstance(rows, pa.Table)
    assert set(rows.column_names) == set(positions.PLACE)
    assert {name: bronze_type(rows.schema.field(name).type) for name in positions.PLACE} == {
        name: arrow_type(spark) for name, spark in positions.PLACE.items()
    }


def test_a_time_beyond_the_calendar_is_still_bad() -> None:
    [bad, _] = Rows(TYPED).of(cast(list[Message], [Sent(b'{"n": "x"}', ms=2**60)]))
    assert isinstance(bad, Rejected)
    with pytest.raises(AssertionError, match="wrong_type"):
        list(judged([bad], TEXTS))
