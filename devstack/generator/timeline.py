"""The demo's calendar: which days there are, how busy each is, and each day's own random numbers.

A day's numbers come from a stream seeded by (seed, day, table), and an entity draws its whole life when it is born:
when it ships, changes, is deleted. The state on any day is that life seen from that day's end, so a day reached
by moving on one day at a time equals the same day generated from scratch.

Instants are int64 microseconds since 1970 (UTC).
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Columns = dict[str, Array]

SEED = 7
DAYS = 90

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = 2**62
"""An instant that no day reaches: what does not happen."""

_WEEKDAYS = (1.0, 0.95, 0.95, 1.0, 1.1, 1.25, 1.15)
_MONTHS = (0.85, 0.85, 0.95, 0.95, 1.0, 1.0, 0.9, 0.9, 1.0, 1.05, 1.3, 1.4)
_BUSY_HOURS = 0.92
"""The share of a day in which things happen: everything lies before 22:05, well before the clock's 23:00."""


def microseconds(day: date) -> int:
    """Midnight of this day."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * SECOND


def day_of(instants: Array) -> Array:
    """Days since 1970."""
    return instants // DAY


def busy(instants: Array) -> Array:
    """The same days, the time of day moved to before 22:05; order is kept, and `NEVER` stays."""
    squeezed = instants - instants % DAY + (instants % DAY * _BUSY_HOURS).astype(np.int64)
    return np.where(instants >= NEVER, NEVER, squeezed)


@dataclass(frozen=True)
class Timeline:
    """A demo's parameters: everything generated is a function of these."""

    seed: int
    scale: float
    first: date
    """The day of the first filling; what `--next-day` brings anew (a column, say) comes after it."""
    as_of: date
    days: int
    """How many days of history there are on `first`. Each is as busy whatever their number, and there are as many
    people and products: scale is the size of the shop, and what it does in `DAYS` days."""

    def __post_init__(self) -> None:
        if self.scale <= 0 or self.days < 1 or self.as_of < self.first or self.seed < 0:
            raise ValueError(
                f"no demo with seed {self.seed}, scale {self.scale}, {self.days} days to {self.first}, as of"
                f" {self.as_of}: expected seed >= 0, scale > 0, at least one day, and as of not before the first"
            )

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Every day of the history, the oldest first, `as_of` last."""
        start = self.first - timedelta(days=self.days - 1)
        return tuple(start + timedelta(days=i) for i in range((self.as_of - start).days + 1))

    @property
    def start(self) -> int:
        """The first day's midnight."""
        return microseconds(self.dates[0])

    @property
    def end(self) -> int:
        """The last day's end: what lies at or after it has not happened yet."""
        return microseconds(self.as_of) + DAY

    @property
    def _usual(self) -> float:
        """How much happens in the `DAYS` days to the first one."""
        return float(_weights([self.first - timedelta(days=i) for i in reversed(range(DAYS))]).sum())

    def stream(self, table: str, day: date) -> np.random.Generator:
        """The random numbers of this table on this day."""
        return np.random.default_rng([self.seed, day.toordinal(), zlib.crc32(table.encode())])

    def births(self, total: float) -> list[int]:
        """How many are born on each day, so that a history of `DAYS` days has `total` of them."""
        grown = np.cumsum(_weights(self.dates)) * total / self._usual
        counts: list[int] = np.diff(np.floor(grown + 1e-9), prepend=0).astype(int).tolist()
        return counts

    def grow(
        self, table: str, before: int, during: float, draw: Callable[[np.random.Generator, int], Columns]
    ) -> Columns:
        """`before` entities from the three years before a history of `DAYS` days, `during` more born in it, day by day.
        Of a shorter history more were there before.

        `draw(rng, n)` gives n entities' columns; `created` is added here, and ascends.
        """
        before += max(0, round(during * (1 - _weights(self.dates[: self.days]).sum() / self._usual)))
        rng = self.stream(table, self.dates[0] - timedelta(days=1))
        ages = np.sort(rng.random(before))[::-1] ** 2 * 3 * 365 * DAY
        chunks = [{"created": busy(self.start - DAY - ages.astype(np.int64)), **draw(rng, before)}]
        for day, count in zip(self.dates, self.births(during), strict=True):
            rng = self.stream(table, day)
            chunks.append({"created": moments(rng, count, day), **draw(rng, count)})
        return concatenate(chunks)

    def farewells(self, leaving: Array, before: int) -> Array:
        """The instants of leaving, with one more on each day after the first: one of the `before` eldest goes then."""
        leaving = leaving.copy()
        for position, day in enumerate(self.dates[self.days :]):
            row = (37 * position + 11) % before
            leaving[row] = min(int(leaving[row]), microseconds(day) + 10 * HOUR)
        return leaving

    def born_before(self, created: Array) -> Array:
        """For each day, how many of these (ascending) were there at its midnight."""
        return np.searchsorted(created, [microseconds(day) for day in self.dates])


def _weights(days: Sequence[date]) -> Array:
    """How busy each day is."""
    return np.array([_WEEKDAYS[day.weekday()] * _MONTHS[day.month - 1] for day in days])


def moments(rng: np.random.Generator, count: int, day: date) -> Array:
    """Ascending instants of a day, more of them in the afternoon."""
    return busy(microseconds(day) + np.sort((rng.beta(1.6, 1.25, count) * DAY).astype(np.int64)))


def concatenate(chunks: list[Columns]) -> Columns:
    """The chunks' columns, one below the other."""
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


def changes(rng: np.random.Generator, count: int, times: int, mean_days: float) -> Array:
    """(count, times) spans after an entity's start, ascending, at which it changes."""
    return np.cumsum(rng.exponential(mean_days * DAY, (count, times)), axis=1).astype(np.int64)


def maybe(rng: np.random.Generator, count: int, share: float, low: float, high: float) -> Array:
    """A span between low and high days for this share, `NEVER` for the rest."""
    span = (rng.uniform(low, high, count) * DAY).astype(np.int64)
    return np.where(rng.random(count) < share, span, NEVER)


def after(start: Array, span: Array) -> Array:
    """start + span within the busy hours; never stays never."""
    return busy(np.where(span >= NEVER, NEVER, start + np.minimum(span, NEVER // 2)))


def latest(end: int, *instants: Array) -> Array:
    """The latest of these that lies before `end`, row by row."""
    seen: Array = np.maximum.reduce([np.where(instant < end, instant, 0) for instant in instants])
    return seen
