"""A window's source with rows beyond its clock, some of which it corrects or deletes later."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.faults.kinds import Row, Windows, placed
from tests.unit.bronze.memory import at

AGES = 9e9
"""Seconds after which it is the year 2312: no clock of the incidents is so late."""


@dataclass
class Ahead(Windows):
    """A table with a cursor, and rows of the year 2312."""

    ahead: list[Row] = field(default_factory=list)
    left: int = 0
    """The rows that quarantine held once and the source no longer sends so."""

    def grow(self, rng: Random, *, bad: bool, column: bool) -> None:
        self.correct(rng)
        super().grow(rng, bad=bad, column=column)
        self.ahead += [self._row(AGES + rng.uniform(0, 9)) for _ in range(rng.randint(1, 3) if bad else 0)]

    def correct(self, rng: Random) -> None:
        """Some rows get a cursor of now, some are deleted."""
        for row in rng.sample(self.ahead, rng.randint(0, len(self.ahead))):
            self.ahead.remove(row)
            self.left += 1
            if rng.random() < 0.7:
                self.held.append({**row, "updated_at": at(round(self.second + rng.uniform(1, 19), 6))})

    def sent(self) -> list[Row]:
        return [*super().sent(), *self.ahead]

    def bad(self) -> Counter[str]:
        return super().bad() + Counter(placed(row["updated_at"], row["id"]) for row in self.ahead)
