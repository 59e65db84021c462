"""A table without a cursor: each load reads it whole, and what differs from the last state lands."""

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pyarrow as pa

from ingestion.source import Reader
from ingestion.spec import Table
from tests.faults.kinds import Row
from tests.unit.bronze.memory import Memory


class Whole(Memory):
    """The reader."""

    def _window(self, part: Any) -> pa.Table:
        return self.rows


@dataclass
class FullReads:
    """Values change, and back; keys go and return; rows without a key come and go."""

    source = "memory"
    left = 0
    table = Table("Rates", key=("id",), deletes="sweep")
    there: dict[str, Row] = field(default_factory=dict)
    """What it holds, by key."""
    last: dict[str, Row] = field(default_factory=dict)
    """Of keys that are gone: their last row."""
    history: list[Row] = field(default_factory=list)
    """What landed of each state."""
    keyless: list[Row] = field(default_factory=list)
    wrong: int = 0
    """The rows without a key that there ever were: quarantine keeps each, as bronze does each version."""
    ids: int = 0
    added: int = 0

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        self.added += column
        before = dict(self.there)
        for key in rng.sample(sorted(self.there), len(self.there) // 5):
            self.last[key] = self.there.pop(key)
        for key in rng.sample(sorted(self.last), len(self.last) // 3):
            self.there[key] = self.last.pop(key)
        for key in rng.sample(sorted(self.there), len(self.there) // 4):
            self.there[key] = {**self.there[key], "v": rng.choice("AB")}
        for row in [self._row(rng) for _ in range(rng.randint(5, 20))]:
            self.there[row["id"]] = row
        self.history += [row for key, row in self.there.items() if before.get(key) != row]
        self.history += [{**row, "_is_deleted": True} for key, row in before.items() if key not in self.there]
        self.keyless = rng.sample(self.keyless, rng.randint(0, len(self.keyless)))
        new = [{**self._row(rng), "id": None} for _ in range(rng.randint(1, 3) if bad else 0)]
        self.keyless += new
        self.wrong += len(new)

    def _row(self, rng: Random) -> Row:
        self.ids += 1
        own = {"id": f"r{self.ids}", "v": rng.choice("AB"), "n": self.ids}
        return {**own, **{f"extra{n}": f"{n} of {self.ids}" for n in range(self.added)}}

    def connect(self) -> AbstractContextManager[Reader]:
        types = {"id": pa.string(), "v": pa.string(), "n": pa.int64()}
        types |= {f"extra{n}": pa.string() for n in range(self.added)}
        rows = pa.Table.from_pylist([*self.there.values(), *self.keyless], pa.schema(types))
        return nullcontext(Whole(rows, cursor="", batch_rows=20))

    def rows(self) -> list[Row]:
        return self.history

    def bad(self) -> Counter[str]:
        return Counter({"id=None": self.wrong})
