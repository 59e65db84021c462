"""Streams: offsets are the window, and a gap in them is never silent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import OffsetsLost, TopicRecreated
from ingestion.bronze.slices.offsets import Stretch
from ingestion.clock import Clock
from ingestion.spec import Rejected, Slice, Table
from tests.unit.bronze.memory import Lake, at

EVENTS = Table("events", key=("_partition", "_offset"), kind="offsets")


@dataclass
class Partitions:
    """A stream in memory: partition -> what is at each offset; None is an offset without a message."""

    messages: dict[int, list[str | None]]
    oldest: dict[int, int] = field(default_factory=dict)
    topic: str = "events"

    def slices(self, table: Table, clock: Clock) -> list[Slice]:
        return [Slice(f"{self.topic}/{n}", self.oldest.get(n, 0), len(all_)) for n, all_ in self.messages.items()]

    def starts(self, table: Table, parts: Sequence[Slice], moment: datetime) -> Mapping[str, int]:
        return {part.partition_id: min(moment.second, part.high) for part in parts}

    def count(self, table: Table, part: Slice) -> int | None:
        return None

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        for part in parts:
            number = int(part.partition_id.rpartition("/")[2])
            for offset in range(part.low or 0, part.high):
                if (value := self.messages[number][offset]) == "bad":
                    yield Rejected(b"bad", "bad_json", "not JSON", f"{part.partition_id}/{offset}")
                elif value is not None:
                    row = {"value": value, "_partition": number, "_offset": offset, "_version": offset}
                    yield pa.Table.from_pylist([{**row, "_row_id": f"{part.partition_id}/{offset}"}])


def values(lake: Lake) -> list[Any]:
    return lake.values("value", "memory__events")


def watermarks(lake: Lake) -> dict[str, int]:
    units = Bronze(f"{lake.settings.bronze}/memory__events", "memory.events").partition_ids()
    return {unit: version for unit, version in units.items() if unit.startswith("events/")}


def test_a_load_reads_what_each_partition_has_since_the_last_one(lake: Lake) -> None:
    stream = Partitions({0: ["a", "b"], 1: []})
    assert lake.load(stream, EVENTS).landed == 2
    stream.messages[0] += ["c", "bad"]
    stream.messages[1] += ["d"]
    stream.messages[2] = ["new"]
    assert lake.load(stream, EVENTS).facts() | {"bytes": 0} == {
        "read": 4, "landed": 3, "quarantined": 1, "already_there": 0, "bytes": 0,
    }  # fmt: skip
    assert values(lake) == ["a", "b", "c", "d", "new"]
    assert watermarks(lake) == {"events/0": 4, "events/1": 1, "events/2": 1}
    assert lake.load(stream, EVENTS).entry is None


def test_offsets_without_a_message_move_the_watermark(lake: Lake) -> None:
    stream = Partitions({0: ["a", None, None]})
    assert lake.load(stream, EVENTS).landed == 1
    stream.messages[0] += [None]
    assert lake.load(stream, EVENTS).entry is not None
    assert watermarks(lake) == {"events/0": 4}


def test_a_partition_that_ends_before_what_was_read_stops_the_load(lake: Lake) -> None:
    lake.load(Partitions({0: ["a", "b"]}), EVENTS)
    with pytest.raises(TopicRecreated, match=r"events/0 ends at offset 1, .* read up to 2: .*path=<the topic>"):
        lake.load(Partitions({0: ["x"]}), EVENTS)
    with pytest.raises(TopicRecreated, match="events/0 is gone"):
        lake.load(Partitions({1: ["x"]}), EVENTS)
    assert values(lake) == ["a", "b"]


def test_a_topic_made_anew_is_loaded_as_another_table(lake: Lake) -> None:
    lake.load(Partitions({0: ["a", "b"]}), EVENTS)
    lake.load(Partitions({0: ["x"]}), Table("events_2", key=EVENTS.key, kind="offsets", path="events"))
    assert lake.values("value", "memory__events_2") == ["x"]


def test_messages_that_were_deleted_before_they_were_loaded_are_told_and_passed_only_when_asked(lake: Lake) -> None:
    stream = Partitions({0: ["a", "b", "c", "d"], 1: ["x"]}, oldest={0: 0})
    lake.load(Partitions({0: ["a"], 1: ["x"]}), EVENTS)
    stream.oldest[0] = 3
    with pytest.raises(OffsetsLost, match=r"events/0: offsets 1 to 2 were deleted .*--replay-from earliest"):
        lake.load(stream, EVENTS)
    with pytest.raises(OffsetsLost, match=r"offset 0 is gone, the oldest that is left is 3; .*--replay-from 3"):
        lake.load(stream, EVENTS, stretch=Stretch(again_from=0))
    assert lake.load(stream, EVENTS, stretch=Stretch(again_from="earliest")).landed == 1
    assert values(lake) == ["a", "d", "x"]


def test_a_first_load_begins_at_the_oldest_message_there_is(lake: Lake) -> None:
    lake.load(Partitions({0: ["gone", "b"]}, oldest={0: 1}), EVENTS)
    assert values(lake) == ["b"]


@pytest.mark.parametrize(("start", "read"), [("earliest", 5), (0, 5), (2, 3), (at(1), 4), (at(4), 1), (9, 1)])
def test_a_replay_reads_again_and_doubles_nothing(lake: Lake, start: Any, read: int) -> None:
    stream = Partitions({0: ["a", "bad", "c", "c"]})
    lake.load(stream, EVENTS)
    stream.messages[0] += ["e"]
    entry = lake.load(stream, EVENTS, stretch=Stretch(again_from=start)).entry
    assert entry is not None
    assert (entry.rows_read, entry.rows_landed, entry.rows_quarantined) == (read, 1, 0)
    assert entry.rows_already_there == read - 1
    assert not entry.is_full
    assert values(lake) == ["a", "c", "c", "e"]
    assert len(lake.rows("memory__events__quarantine")) == 1


def test_a_replay_of_what_is_lost_in_bronze_lands_it_again(lake: Lake) -> None:
    stream = Partitions({0: ["a", "b", "c"]})
    lake.load(stream, EVENTS)
    lake.delta("memory__events").delete("value = 'b'")
    assert lake.load(stream, EVENTS, stretch=Stretch(again_from=1)).landed == 1
    assert (values(lake), watermarks(lake)) == (["a", "b", "c"], {"events/0": 3})


def test_a_replay_never_moves_a_watermark_back(lake: Lake) -> None:
    stream = Partitions({0: ["a", "b", "c"], 1: ["x", "y"]})
    lake.load(stream, EVENTS)
    lake.load(stream, EVENTS, stretch=Stretch(again_from=0, most=1))
    assert watermarks(lake) == {"events/0": 3, "events/1": 2}


def test_a_full_read_lands_what_is_missing_only(lake: Lake) -> None:
    stream = Partitions({0: ["a", "b", "c"]})
    lake.load(stream, EVENTS)
    facts = lake.load(stream, EVENTS, full=True).facts()
    assert (facts["read"], facts["already_there"]) == (3, 3)


def test_small_batches_bring_everything_in_the_end(lake: Lake) -> None:
    stream = Partitions({0: list("abcde"), 1: list("xy")})
    results = [lake.load(stream, EVENTS, stretch=Stretch(most=2)) for _ in range(4)]
    assert [(result.landed, result.is_behind) for result in results] == [(4, True), (2, True), (1, False), (0, False)]
    assert values(lake) == list("abcdexy")
