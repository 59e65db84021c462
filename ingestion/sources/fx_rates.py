"""FX API, JSON in Frankfurter's shape ──HTTPS──▶ one row for each base, currency and observation.

rates_daily: key base, ccy, rate_date; the cursor is the rate's date, which a publication never changes once its day is
over. The newest day may still change until the afternoon, so a window reaches back a week.
rates_hourly: key base, ccy, fetched_hour; the cursor is the hour of the fetch (now, cut to the hour). One observation
an hour: the first fetch of an hour counts, a second one reads nothing.
1 base = `rate` ccy, so an amount in ccy divided by the rate is an amount in base. Nothing is ever deleted.
Alone: `lakehouse ingest fx_rates --table rates_daily`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from ingestion.clock import Clock
from ingestion.instants import from_us, to_us
from ingestion.protocols.config import resolve, spelling
from ingestion.protocols.http import Api, NotFound
from ingestion.protocols.tls import web_url
from ingestion.settings import SettingError
from ingestion.source import Reader, Source
from ingestion.spec import NO_WINDOW, Rejected, Slice, SourceError, Table
from ingestion.values.batches import batched
from ingestion.values.cast import cast
from ingestion.values.json_rows import parse_row
from ingestion.values.json_values import text_table
from ingestion.values.types import arrow_type
from ingestion.values.window_end import ending

RATE = "decimal(28,10)"
CORRECTIONS = timedelta(days=7)
QUIET = timedelta(days=14)
"""Longer than any holidays: what had no rate for so long has no newest one."""
TABLES = (
    Table(
        "rates_daily",
        key=("base", "ccy", "rate_date"),
        cursor="rate_date",
        lookback=CORRECTIONS,
        columns={"base": "string", "ccy": "string", "rate_date": "date", "rate": RATE},
    ),
    Table(
        "rates_hourly",
        key=("base", "ccy", "fetched_hour"),
        cursor="fetched_hour",
        keeps_past=False,
        columns={"base": "string", "ccy": "string", "fetched_hour": "timestamp", "rate_date": "date", "rate": RATE},
    ),
)


@dataclass(frozen=True)
class FxSettings:
    """Section `sources.fx_rates`."""

    base_url: str
    """The address under which /v1/latest is answered, such as https://api.frankfurter.dev"""
    base: str = "USD"
    start: str = "1999-01-04"
    """The first day of a first load, ISO; the European Central Bank publishes since 1999-01-04."""


class FxReader:
    """Reads days and hours through the API."""

    def __init__(self, api: Api, settings: FxSettings) -> None:
        self._api = api
        self._settings = settings
        self._start = _first_day(settings.start)

    def slices(self, table: Table, clock: Clock) -> Sequence[Slice]:
        """Days up to the last published one; or the hour that is."""
        if table.cursor == "fetched_hour":
            end_us = clock.moment(table, self._told(clock)).end_us
            return [Slice(partition_id="", low=None, high=min(end_us, _hour(end_us) + 1))]
        asked = from_us(clock.fixed_us if clock.fixed_us is not None else to_us(clock.made)).date()
        published = {
            date.fromisoformat(day): len(ccys) for day, ccys in self._days_between(asked - QUIET, None).items()
        }
        moment = clock.moment(table, self._api.told_us)
        ahead = sum(rates for day, rates in published.items() if to_us(day) >= moment.beyond_us)
        past = {day: rates for day, rates in published.items() if to_us(day) < moment.end_us}
        if not past and not ahead:
            return []
        window = ending(max(past), past[max(past)], moment) if past else Slice("", None, NO_WINDOW)
        return [replace(window, beyond=moment.beyond_us, ahead=ahead)]

    def _told(self, clock: Clock) -> int | None:
        """Return the API's time; it isn't asked where its clock is replaced."""
        if clock.fixed_us is None:
            self._ask("latest")
        return self._api.told_us

    def count(self, table: Table, part: Slice) -> int | None:
        """The API has no count."""
        return None

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        """Rates as they were written, read as decimals."""
        types = {name: arrow_type(spark) for name, spark in table.columns.items()}
        place = f"fx_rates.{table.name}"
        for part in parts:
            for rows in self._hour(part) if table.cursor == "fetched_hour" else self._days(part):
                for batch in batched(text_table(rows, types)):
                    typed, rejected = cast(batch, types, lambda _: place)
                    yield from rejected
                    yield typed

    def _days(self, part: Slice) -> Iterator[list[dict[str, Any]]]:
        """The window's days, asked year by year, and those beyond the clock; a first load starts at the setting
        `start`."""
        spans: list[tuple[date, date | None]] = []
        if not part.is_empty:
            first = self._start if part.low is None else max(self._start, day_at_or_after(part.low))
            spans += years(first, day_at_or_after(part.high) - timedelta(days=1))
        if part.ahead and part.beyond is not None:
            spans.append((day_at_or_after(part.beyond), None))
        for start, end in spans:
            yield [
                {"base": self._settings.base, "ccy": ccy, "rate_date": day, "rate": rate}
                for day, rates in sorted(self._days_between(start, end).items())
                for ccy, rate in sorted(rates.items())
            ]

    def _days_between(self, first: date, last: date | None) -> dict[str, dict[str, Any]]:
        """Day -> ccy -> rate; no `last` means all that there are. Frankfurter answers from the last publication before
        the first day on: that is cut."""
        try:
            rates = self._ask(f"{first}..{last or ''}")["rates"]
        except NotFound:  # nothing was published for this base
            return {}
        return {
            day: published for day, published in rates.items() if first <= date.fromisoformat(day) <= (last or date.max)
        }

    def _hour(self, part: Slice) -> Iterator[list[dict[str, Any]]]:
        hour = _hour(part.high - 1)
        if part.low is not None and hour < part.low:
            return
        answer = self._ask("latest")
        seen = {"base": answer["base"], "rate_date": answer["date"], "fetched_hour": from_us(hour).isoformat()}
        yield [{**seen, "ccy": ccy, "rate": rate} for ccy, rate in sorted(answer["rates"].items())]

    def _ask(self, what: str) -> Mapping[str, Any]:
        answer = self._api.get(f"/v1/{what}", base=self._settings.base)
        if not isinstance(answer, dict) or "rates" not in answer or answer.get("base") != self._settings.base:
            raise SourceError(
                f"fx_rates at {self._api.address}/v1/{what}: expected base, date and rates, got {answer!r:.200}"
            )
        return answer


def _first_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingError(
            f"{spelling('fx_rates', 'start', 'config')} is {text!r}: expected a day such as 1999-01-04"
        ) from None


def years(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The period, cut at New Year; nothing if it ends before it starts."""
    while first <= last:
        end = min(last, date(first.year, 12, 31))
        yield first, end
        first = end + timedelta(days=1)


def day_at_or_after(us: int) -> date:
    """The first day whose first moment is not before this instant."""
    return (from_us(us) + timedelta(days=1, microseconds=-1)).date()


def _hour(us: int) -> int:
    return us - us % 3_600_000_000


@contextmanager
def connect() -> Iterator[Reader]:
    """A client with the settings; the first question shows whether the API is there."""
    settings = resolve(FxSettings, "fx_rates")
    base_url = web_url("fx_rates", "base_url", settings.base_url, sends_secrets=False)
    with Api("fx_rates", base_url, settings) as api:
        yield FxReader(api, settings)


SOURCE = Source("fx_rates", TABLES, connect, FxSettings, parse_row)
