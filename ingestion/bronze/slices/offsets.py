"""Streams: which offsets of a partition are left to read.

The partition says from where to where it has messages, the table's txn up to where they are loaded. What lies between
is read; what should lie there and is gone is an error, never a gap that nobody hears of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast

from ingestion.bronze.errors import OffsetsLost, TopicRecreated
from ingestion.source import Reader, Stream
from ingestion.spec import Slice, Table

MADE_ANEW = (
    "the topic was made anew, and its offsets mean other messages now. Load it as another table: one more Table in the "
    "source's file, with path=<the topic>"
)


@dataclass(frozen=True)
class Stretch:
    """The part of a stream to read; by default all that is new."""

    again_from: int | datetime | Literal["earliest"] | None = None
    """Read again from here on: an offset of every partition, an instant, or all that is left. Rows that are there
    aren't doubled, and the watermark doesn't move back. What retention deleted is passed over, as this asks for."""
    most: int | None = None
    """At most so many offsets of each partition: a load of small batches has the rest next time."""

    def starts(self, reader: Reader, table: Table, parts: Sequence[Slice]) -> dict[str, int]:
        """Unit -> where to read again from, not behind what is there. Raises OffsetsLost for an offset that is gone."""
        start = self.again_from
        if start is None:
            return {}
        if isinstance(start, str):
            return {part.partition_id: part.low or 0 for part in parts}
        if isinstance(start, datetime):
            found = cast(Stream, reader).starts(table, parts, start)
            return {part.partition_id: max(found[part.partition_id], part.low or 0) for part in parts}
        for part in parts:
            if start < (part.low or 0):
                raise OffsetsLost(
                    f"{part.partition_id}: offset {start} is gone, the oldest that is left is {part.low}; go on with "
                    f"--replay-from {part.low}, or with --replay-from earliest for all that is left"
                )
        return {part.partition_id: min(start, part.high) for part in parts}


def check_partitions(parts: Sequence[Slice], held: Mapping[str, int | None]) -> None:
    """A topic never loses a partition; raises TopicRecreated where bronze has read one that isn't there."""
    topics = {part.partition_id.rpartition("/")[0] for part in parts}
    known = {unit for unit in held if unit.rpartition("/")[0] in topics}
    if gone := known - {part.partition_id for part in parts}:
        raise TopicRecreated(f"{', '.join(sorted(gone))} is gone, of which bronze has read messages: {MADE_ANEW}")


def remaining(part: Slice, committed: int | None, start: int | None, stretch: Stretch) -> Slice | None:
    """The offsets of a partition that are to be read, None where there are none.

    `part.low` is the oldest offset there is, `committed` the next one to load (None: never loaded), `start` from where
    to read again. Raises TopicRecreated, OffsetsLost.
    """
    oldest = part.low or 0
    if committed is not None and part.high < committed:
        raise TopicRecreated(
            f"{part.partition_id} ends at offset {part.high}, but bronze has read up to {committed}: {MADE_ANEW}"
        )
    low = oldest if committed is None else committed
    if low < oldest and start is None:
        raise OffsetsLost(
            f"{part.partition_id}: offsets {low} to {oldest - 1} were deleted by retention before they were loaded; "
            "nothing was loaded. Restore them, or go on without them, once, with --replay-from earliest; then give the "
            "topic a longer retention or load it more often"
        )
    low = max(low, oldest) if start is None else min(start, max(low, oldest))
    high = part.high if stretch.most is None else min(part.high, low + stretch.most)
    return replace(part, low=low, high=high) if low < high else None
