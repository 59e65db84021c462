"""Instants and lengths of time as people type them."""

import re
from datetime import UTC, datetime, timedelta

import click


class Instant(click.ParamType[datetime]):
    """A day or an instant, ISO 8601; UTC where it doesn't say otherwise."""

    name = "day"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Click's: text to value."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day or instant: expected 2026-01-31 or 2026-01-31T06:00:00Z", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Length(click.ParamType[timedelta]):
    """Days or hours: `1d`, `12h`."""

    name = "length"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Click's: text to value."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([1-9][0-9]{0,4})([dh])", value)
        if match is None:
            self.fail(f"{value!r}: expected days or hours, such as 1d or 12h", param, ctx)
        return int(match[1]) * timedelta(**{"d": {"days": 1}, "h": {"hours": 1}}[match[2]])


INSTANT, STEP = Instant(), Length()
